//! A PostgreSQL database for servers that run as processes.

use std::time::{Duration, Instant};

/// A PostgreSQL database of this test alone, empty: the first server makes its tables.
///
/// Not the one of `sql::testing`: with that feature the binary under test would be another one than is released.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    pub async fn create() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are configured by the environment"
        )]
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL: scripts/services.sh env");
        let nanos = tempfile::tempdir().unwrap();
        let name: String = nanos
            .path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let this = Self {
            server,
            name: format!("nodes_{}", name.to_lowercase()),
        };
        this.admin(&format!("CREATE DATABASE {}", this.name)).await;
        this
    }

    /// Waits until no server is connected. What a killed one had sent may still be committed before.
    pub async fn left_alone(&self) {
        let (client, connection) = tokio_postgres::connect(&self.server, tokio_postgres::NoTls)
            .await
            .unwrap();
        let running = tokio::spawn(connection);
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let row = client
                .query_one(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1",
                    &[&self.name],
                )
                .await
                .unwrap();
            if row.get::<_, i64>(0) == 0 {
                break;
            }
            assert!(Instant::now() < until, "a connection to {} stays", self.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(client);
        running.await.unwrap().unwrap();
    }

    async fn admin(&self, statement: &str) {
        let (client, connection) = tokio_postgres::connect(&self.server, tokio_postgres::NoTls)
            .await
            .unwrap();
        let running = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        running.await.unwrap().unwrap();
    }

    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// Takes it away. A test that failed leaves it to the end of the services.
    pub async fn drop(self) {
        self.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await;
    }
}
