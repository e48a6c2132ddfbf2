//! The machine: what it is, how busy it is, which cores serve and which ask, and a clock that processes share.

use std::fs;

use rustix::thread::CpuSet;
use serde::{Deserialize, Serialize};

/// A load average above this many per core at the start means that figures are not to be trusted.
const BUSY_PER_CORE: f64 = 0.3;

/// The machine of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// The processor's name.
    pub cpu: String,
    /// Name and version of the kernel.
    pub kernel: String,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Load average of the last minute when the measurement began.
    pub load_at_start: f64,
    /// Whether servers and clients had cores of their own.
    pub split_cores: bool,
}

impl Machine {
    /// Looks.
    pub(crate) fn look(cores: &Cores) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, key: &str| {
            text.lines()
                .find(|line| line.starts_with(key))
                .and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
        };
        let memory = after(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kilobytes = memory.split(' ').next().and_then(|text| text.parse::<u64>().ok());
        Self {
            cores: cores.all,
            cpu: after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            memory_bytes: kilobytes.unwrap_or(0) * 1024,
            load_at_start: load_average(),
            split_cores: cores.split(),
        }
    }

    /// What is wrong with measuring now, if anything.
    pub(crate) fn warning(&self) -> Option<String> {
        (self.load_at_start > BUSY_PER_CORE * self.cores as f64).then(|| {
            format!(
                "the machine is busy (load {:.2} on {} cores): read ratios, not figures, and measure again when it is quiet",
                self.load_at_start, self.cores
            )
        })
    }
}

fn load_average() -> f64 {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(0.0)
}

/// The cores of servers and of clients. Apart, neither takes time from the other, and a server's throughput is what one
/// such part of the machine gives; on a single core there is nothing to part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cores {
    all: usize,
    servers: Vec<usize>,
    clients: Vec<usize>,
}

impl Cores {
    /// The first half for servers, the second for clients.
    pub(crate) fn of_this_process() -> Self {
        let Ok(allowed) = rustix::thread::sched_getaffinity(None) else {
            return Self {
                all: std::thread::available_parallelism().map_or(1, usize::from),
                ..Self::default()
            };
        };
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU)
            .filter(|core| allowed.is_set(*core))
            .collect();
        let (servers, clients) = cores.split_at(cores.len() / 2);
        Self {
            all: cores.len(),
            servers: servers.to_vec(),
            clients: clients.to_vec(),
        }
    }

    /// Whether both have some.
    pub(crate) fn split(&self) -> bool {
        !self.servers.is_empty() && !self.clients.is_empty()
    }

    /// How many of the cores a place has.
    pub(crate) fn count(&self, place: Place) -> usize {
        match place {
            Place::Servers if self.split() => self.servers.len(),
            Place::Clients if self.split() => self.clients.len(),
            _ => self.all,
        }
    }

    /// Keeps this thread, and those it will start, and processes it will start, to a place.
    pub(crate) fn keep(&self, place: Place) {
        if !self.split() {
            return;
        }
        let mut set = CpuSet::new();
        let cores: Vec<usize> = match place {
            Place::Servers => self.servers.clone(),
            Place::Clients => self.clients.clone(),
            Place::Everywhere => [self.servers.as_slice(), &self.clients].concat(),
        };
        for core in cores {
            set.set(core);
        }
        // Without the permission everything runs everywhere, and the figures are only less steady.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
}

/// Where a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the servers' cores.
    Servers,
    /// On the clients' cores.
    Clients,
    /// On all of them.
    Everywhere,
}

/// Microseconds of the clock that all processes of the machine share and nobody sets.
pub(crate) fn monotonic_micros() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000
}

/// Microseconds of CPU that this process has used.
pub(crate) fn own_cpu_micros() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000
}

/// Raises the number of files this process and its children may open as far as allowed; thousands of connections need it.
/// The number.
pub(crate) fn allow_many_files() -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
