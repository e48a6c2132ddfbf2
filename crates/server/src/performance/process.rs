//! What this process takes of its machine: memory, processor, threads, open files.
//!
//! Read from `/proc`; where that is not there, and for what it does not say, the answer is "unknown" and nothing fails.

use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Units of processor time in `/proc`: a hundredth of a second on every architecture that Stoa is built for.
const TICK: Duration = Duration::from_millis(10);
/// Two readings of the processor's time that are closer say nothing.
const READ_EVERY: Duration = Duration::from_millis(500);

/// What the process takes at this moment; none is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    /// How long it has been running.
    pub uptime: Duration,
    /// Memory that is in use and in the machine's memory.
    pub rss_bytes: Option<u64>,
    /// Memory it may have: the limit of its group, or all of the machine.
    pub memory_bytes_max: Option<u64>,
    /// Processor time since its start.
    pub cpu: Option<Duration>,
    /// The share of all processors that it takes, 0 to 100, over the last seconds.
    pub cpu_percent: Option<f64>,
    /// Processors that it may use.
    pub cores: u64,
    /// Threads.
    pub threads: Option<u64>,
    /// Open files and connections.
    pub open_files: Option<u64>,
}

/// Reads [`Process`]es.
pub(super) struct Watch {
    born: Instant,
    last: Mutex<Option<Reading>>,
}

#[derive(Clone, Copy)]
struct Reading {
    at: Instant,
    cpu: Duration,
    percent: Option<f64>,
}

impl Watch {
    pub fn new() -> Self {
        Self {
            born: Instant::now(),
            last: Mutex::new(None),
        }
    }

    pub fn read(&self) -> Process {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let cpu = cpu_time(&stat);
        Process {
            uptime: self.born.elapsed(),
            rss_bytes: kilobytes(&status, "VmRSS:"),
            memory_bytes_max: memory_max(),
            cpu,
            cpu_percent: cpu.and_then(|cpu| self.percent(Instant::now(), cpu, cores)),
            cores,
            threads: field(&status, "Threads:"),
            open_files: std::fs::read_dir("/proc/self/fd")
                .ok()
                .map(|files| files.count() as u64),
        }
    }

    fn percent(&self, at: Instant, cpu: Duration, cores: u64) -> Option<f64> {
        let mut last = self.last.lock();
        let Some(before) = *last else {
            let percent = None;
            *last = Some(Reading { at, cpu, percent });
            return percent;
        };
        let elapsed = at.duration_since(before.at);
        if elapsed < READ_EVERY {
            return before.percent;
        }
        let used = cpu.saturating_sub(before.cpu).as_secs_f64();
        let percent = Some((100.0 * used / elapsed.as_secs_f64() / cores as f64).min(100.0));
        *last = Some(Reading { at, cpu, percent });
        percent
    }
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    field(text, name).map(|kilobytes| kilobytes * 1024)
}

/// The 14th and 15th field. The second is the program's name in brackets, which may hold anything, so counting begins
/// behind the last bracket.
fn cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user + TICK * system)
}

fn memory_max() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| kilobytes(&text, "MemTotal:"));
    let group = group_limit();
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

/// The limit of the control group this process is in, version 2.
fn group_limit() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let file = Path::new("/sys/fs/cgroup").join(group).join("memory.max");
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_the_program_is_called() {
        let stat = "7 (a) b) 3 4) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 9 0 100 1 2";
        assert_eq!(cpu_time(stat), Some(Duration::from_secs(3)));
        assert_eq!(cpu_time(""), None);
        let status = "Name:\tstoa\nVmRSS:\t  2048 kB\nThreads:\t9\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(2 << 20));
        assert_eq!(
            (field(status, "Threads:"), field(status, "Nothing:")),
            (Some(9), None)
        );
    }

    #[test]
    fn the_share_of_the_processors_is_over_the_time_between_two_readings() {
        let watch = Watch::new();
        let at = |millis: u64| watch.born + Duration::from_millis(millis);
        let cpu = Duration::from_millis;
        assert_eq!(watch.percent(at(0), cpu(0), 2), None);
        assert_eq!(watch.percent(at(1_000), cpu(500), 2), Some(25.0));
        assert_eq!(
            watch.percent(at(1_100), cpu(600), 2),
            Some(25.0),
            "too soon to say anything new"
        );
        assert_eq!(watch.percent(at(2_000), cpu(2_500), 2), Some(100.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_threads_and_files() {
        let process = Watch::new().read();
        assert!(
            process.rss_bytes.is_some_and(|bytes| bytes > 1 << 20),
            "{process:?}"
        );
        assert!(process.rss_bytes < process.memory_bytes_max, "{process:?}");
        assert!(
            process.threads > Some(0) && process.open_files > Some(0),
            "{process:?}"
        );
    }
}
