//! The check of Redis that `stoa doctor` makes.

use std::time::{Duration, Instant};

use crate::secrets::Secret;

/// How long Redis may take to answer the check.
const CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Why Redis is not usable.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Redis answered with an error, or the connection failed.
    #[error("Redis is not usable")]
    Redis(#[source] redis::RedisError),
    /// Redis did not answer in time.
    #[error("Redis did not answer within {} s", CHECK_LIMIT.as_secs())]
    Silent,
}

/// Connects to Redis, asks it for a sign of life, and says how long that took.
pub async fn redis_check(url: &Secret) -> Result<Duration, CacheError> {
    let started = Instant::now();
    let check = async {
        let client = redis::Client::open(url.expose())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    match tokio::time::timeout(CHECK_LIMIT, check).await {
        Ok(Ok(_)) => Ok(started.elapsed()),
        Ok(Err(error)) => Err(CacheError::Redis(error)),
        Err(_) => Err(CacheError::Silent),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Answers every command with `reply`, as far as the check is concerned.
    async fn redis_that_says(reply: &'static str) -> Secret {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Secret::new(format!("redis://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = socket.read(&mut buffer).await {
                // Each command is an array, which starts with a star at the beginning of a line.
                let commands = buffer[..read]
                    .split(|byte| *byte == b'\n')
                    .filter(|line| line.starts_with(b"*"))
                    .count();
                socket.write_all(reply.repeat(commands).as_bytes()).await.unwrap();
            }
        });
        url
    }

    #[tokio::test]
    async fn a_living_redis_is_recognised() {
        let url = redis_that_says("+PONG\r\n").await;
        assert!(redis_check(&url).await.unwrap() < CHECK_LIMIT);
    }

    #[tokio::test]
    async fn an_error_and_an_absence_are_told_apart_from_life() {
        let url = redis_that_says("-NOAUTH Authentication required.\r\n").await;
        assert!(matches!(redis_check(&url).await, Err(CacheError::Redis(_))));
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let url = Secret::new(format!("redis://{closed}"));
        assert!(matches!(redis_check(&url).await, Err(CacheError::Redis(_))));
    }
}
