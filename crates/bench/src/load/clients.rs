//! A number of clients, each with a connection, and the two kinds of load they make.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::arrivals::{Arrivals, dispatch};
use crate::load::{Connection, Fault, Tally};

/// How long after its end an open loop waits for requests that were let go and not answered.
const DRAIN: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    requests: Arc<[Bytes]>,
    by_client: bool,
    timing: Timing,
}

/// What counts as the answer's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Its first byte: for streams.
    First,
    /// Its last byte.
    Last,
}

impl Plan {
    /// These requests in turn, whoever sends them.
    pub(crate) fn turns(requests: Vec<Bytes>) -> Self {
        Self {
            requests: requests.into(),
            by_client: false,
            timing: Timing::Last,
        }
    }

    /// Each client has a request of its own, which it repeats.
    pub(crate) fn by_client(requests: Vec<Bytes>) -> Self {
        Self {
            by_client: true,
            ..Self::turns(requests)
        }
    }

    /// With another idea of an answer's time.
    pub(crate) fn timed(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    fn request(&self, client: usize, number: usize) -> &Bytes {
        let index = if self.by_client { client } else { client + number };
        &self.requests[index % self.requests.len()]
    }
}

/// Connections that stay open from one measurement to the next.
#[derive(Debug)]
pub(crate) struct Clients {
    connections: Vec<Connection>,
}

impl Clients {
    /// Opens so many connections.
    pub(crate) async fn open(address: SocketAddr, count: usize) -> Result<Self, Fault> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            let mut connection = Connection::new(address);
            connection.open().await?;
            connections.push(connection);
        }
        Ok(Self { connections })
    }

    /// Closed loop: every client sends its next request when the last one is answered. For throughput alone. The time is
    /// that from the first request to the last answer.
    pub(crate) async fn saturate(&mut self, plan: &Plan, length: Duration) -> (Tally, Duration) {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for (client, mut connection) in self.connections.drain(..).enumerate() {
            let (plan, tally) = (plan.clone(), Arc::clone(&tally));
            tasks.spawn(async move {
                let mut number = 0;
                while start.elapsed() < length {
                    let began = Instant::now();
                    let failed = one(&mut connection, &plan, (client, number), began, &tally).await;
                    number += 1;
                    if failed {
                        // A server that is gone must not be asked a million times a second.
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
                connection
            });
        }
        self.take_back(tasks).await;
        let took = start.elapsed();
        (unwrap(tally), took)
    }

    /// Open loop: requests go at their times, each on whichever connection is free; who finds none free waits, and the
    /// waiting counts.
    pub(crate) async fn open_loop(&mut self, plan: &Plan, arrivals: Arrivals, length: Duration) -> Tally {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let (send, receive) = mpsc::unbounded_channel::<std::time::Instant>();
        let receive = Arc::new(tokio::sync::Mutex::new(receive));
        let start = Instant::now();
        let overdue = start + length + DRAIN;
        if dispatch(arrivals, start.into_std(), length, send).is_err() {
            tally.lock().failed("no thread for the load", Duration::ZERO);
        }
        let mut tasks = JoinSet::new();
        for (client, mut connection) in self.connections.drain(..).enumerate() {
            let (plan, tally, receive) = (plan.clone(), Arc::clone(&tally), Arc::clone(&receive));
            tasks.spawn(async move {
                let mut number = 0;
                loop {
                    // Bound outside of the condition, or the lock would be held while the request runs.
                    let due = receive.lock().await.recv().await;
                    let Some(intended) = due.map(Instant::from_std) else {
                        return connection;
                    };
                    if Instant::now() > overdue {
                        tally.lock().failed("never sent", intended.elapsed());
                        continue;
                    }
                    one(&mut connection, &plan, (client, number), intended, &tally).await;
                    number += 1;
                }
            });
        }
        self.take_back(tasks).await;
        unwrap(tally)
    }

    async fn take_back(&mut self, mut tasks: JoinSet<Connection>) {
        while let Some(done) = tasks.join_next().await {
            self.connections.extend(done.ok());
        }
    }
}

/// One request, whose time begins at `from`. Whether it failed on the way.
async fn one(
    connection: &mut Connection,
    plan: &Plan,
    (client, number): (usize, usize),
    from: Instant,
    tally: &Mutex<Tally>,
) -> bool {
    let outcome = connection.call(plan.request(client, number), &mut |_| {}).await;
    let mut tally = tally.lock();
    match outcome {
        Ok(answer) => {
            let end = match plan.timing {
                Timing::First => answer.first,
                Timing::Last => Instant::now(),
            };
            tally.answered(answer.status, end.saturating_duration_since(from), answer.bytes);
            false
        }
        Err(fault) => {
            tally.failed(fault.name(), from.elapsed());
            true
        }
    }
}

fn unwrap(tally: Arc<Mutex<Tally>>) -> Tally {
    Arc::try_unwrap(tally).map_or_else(|shared| shared.lock().clone(), Mutex::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers at once, but for one request in the middle, before which it stalls.
    async fn stalling_once(stall: Duration, before: u64) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut answered = 0;
            let mut buffer = vec![0; 4096];
            loop {
                let count = stream.read(&mut buffer).await.unwrap_or(0);
                if count == 0 {
                    return;
                }
                answered += 1;
                if answered == before {
                    tokio::time::sleep(stall).await;
                }
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .await
                    .unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_stall_shows_in_the_latencies_of_all_who_waited_for_it() {
        let stall = Duration::from_millis(300);
        let plan = Plan::turns(vec![Bytes::from_static(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")]);
        let length = Duration::from_secs(1);
        let address = stalling_once(stall, 100).await;
        let mut clients = Clients::open(address, 1).await.unwrap();
        let open = clients.open_loop(&plan, Arrivals::constant(500.0), length).await;
        assert_eq!((open.requests, open.errors()), (500, 0));
        // 150 of 500 requests were due during the stall and waited 150 ms in the mean.
        assert!(open.quantile(0.99) > 250_000.0, "{:?}", open.summary());
        assert!(open.quantile(0.85) > 50_000.0, "{:?}", open.summary());

        let address = stalling_once(stall, 100).await;
        let mut clients = Clients::open(address, 1).await.unwrap();
        let (closed, _) = clients.saturate(&plan, length).await;
        assert!(closed.requests > 200, "{}", closed.requests);
        // A closed loop sees the same stall once, and its percentiles do not know it: why it is not used for them.
        assert!(closed.quantile(0.99) < 100_000.0, "{:?}", closed.summary());
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_an_error_of_each_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = Clients::open(address, 1).await.unwrap();
        drop(listener.accept().await.unwrap());
        drop(listener);
        let plan = Plan::turns(vec![Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n")]);
        let tally = clients
            .open_loop(&plan, Arrivals::constant(50.0), Duration::from_millis(100))
            .await;
        assert_eq!(tally.errors(), 5, "{:?}", tally.errors);
        assert!(tally.errors.contains_key("cannot connect"), "{:?}", tally.errors);
    }
}
