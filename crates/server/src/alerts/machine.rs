//! How full memory and processor are: of the container when it has a limit, else of the machine; whichever is nearer to
//! its end. Read from Linux's files; on other systems there is nothing to read, and nothing is alerted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A limit of a control group that is as large as this is none.
const NO_LIMIT: u64 = 1 << 60;

/// What is used of what there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// Bytes in use that can not be given up.
    pub used: u64,
    /// Bytes there are.
    pub limit: u64,
    /// Whether the limit is the container's.
    pub container: bool,
}

impl Memory {
    /// The part that is used, of a hundred.
    pub fn percent(&self) -> f64 {
        self.used as f64 / self.limit.max(1) as f64 * 100.0
    }
}

/// Counters of the processor, of which two make a reading.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    busy_ticks: u64,
    all_ticks: u64,
    /// Microseconds used by the container, and how many processors it may use.
    container: Option<(u64, f64)>,
    at: Instant,
}

impl Cpu {
    /// The part that was used between two readings, of a hundred, and whether it is the container's share.
    pub fn percent(&self, earlier: &Self) -> Option<(f64, bool)> {
        let all = self.all_ticks.saturating_sub(earlier.all_ticks);
        let busy = self.busy_ticks.saturating_sub(earlier.busy_ticks);
        let machine = (all > 0).then(|| busy as f64 / all as f64 * 100.0);
        let container = match (self.container, earlier.container) {
            (Some((used, processors)), Some((before, _))) => {
                let micros = self.at.duration_since(earlier.at).as_micros() as f64;
                (micros > 0.0).then(|| used.saturating_sub(before) as f64 / (micros * processors) * 100.0)
            }
            _ => None,
        };
        match (machine, container) {
            (machine, Some(container)) if container >= machine.unwrap_or(0.0) => Some((container, true)),
            (machine, _) => machine.map(|percent| (percent, false)),
        }
    }
}

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Machine {
    root: PathBuf,
    /// The control group of this process and those around it, the innermost first.
    groups: Vec<PathBuf>,
    /// The same of the memory and the processor controllers where they are apart (version 1).
    memory_groups: Vec<PathBuf>,
    cpu_groups: Vec<PathBuf>,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self::below(Path::new("/"))
    }

    /// The machine whose `proc` and `sys` are below this folder.
    pub fn below(root: &Path) -> Self {
        let list = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
        let mount = root.join("sys/fs/cgroup");
        let found = |controller: &str, mount: PathBuf| {
            let line = list.lines().find_map(|line| {
                let mut parts = line.splitn(3, ':');
                let controllers = parts.nth(1)?;
                let own = controllers.split(',').any(|name| name == controller);
                own.then(|| parts.next()).flatten()
            });
            line.map(|path| with_parents(&mount, path)).unwrap_or_default()
        };
        Self {
            groups: found("", mount.clone()),
            memory_groups: found("memory", mount.join("memory")),
            cpu_groups: found("cpu", mount.join("cpu")),
            root: root.to_owned(),
        }
    }

    /// The memory of the container or the machine, whichever is fuller.
    pub fn memory(&self) -> Option<Memory> {
        let machine = fs::read_to_string(self.root.join("proc/meminfo"))
            .ok()
            .and_then(|text| meminfo(&text));
        let second = self
            .groups
            .iter()
            .filter_map(|group| group_memory(group, ["memory.current", "memory.max", "inactive_file"]));
        let first = self.memory_groups.iter().filter_map(|group| {
            let names = [
                "memory.usage_in_bytes",
                "memory.limit_in_bytes",
                "total_inactive_file",
            ];
            group_memory(group, names)
        });
        second
            .chain(first)
            .chain(machine)
            .max_by(|a, b| a.percent().total_cmp(&b.percent()))
    }

    /// The counters of the processor as they are now.
    pub fn cpu(&self) -> Option<Cpu> {
        let text = fs::read_to_string(self.root.join("proc/stat")).ok()?;
        let (busy_ticks, all_ticks) = stat(&text)?;
        Some(Cpu {
            busy_ticks,
            all_ticks,
            container: self.container_cpu(),
            at: Instant::now(),
        })
    }

    fn container_cpu(&self) -> Option<(u64, f64)> {
        let second = self.groups.iter().find_map(|group| {
            let limit = fs::read_to_string(group.join("cpu.max")).ok()?;
            let (quota, period) = limit.trim().split_once(' ')?;
            let usage = fs::read_to_string(group.join("cpu.stat")).ok()?;
            let used = field(&usage, "usage_usec")?;
            Some((used, quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?))
        });
        second.or_else(|| {
            self.cpu_groups.iter().find_map(|group| {
                let quota: f64 = number(&group.join("cpu.cfs_quota_us"))?;
                let period: f64 = number(&group.join("cpu.cfs_period_us"))?;
                // Whoever mounts the two controllers apart has no usage here, and is measured by the machine.
                let used: u64 = number(&group.join("cpuacct.usage"))?;
                (quota > 0.0 && period > 0.0).then(|| (used / 1_000, quota / period))
            })
        })
    }
}

/// A group and all around it. What a container sees as its root is at the mount itself.
fn with_parents(mount: &Path, path: &str) -> Vec<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    relative
        .ancestors()
        .map(|ancestor| mount.join(ancestor))
        .collect()
}

fn number<T: std::str::FromStr>(path: &Path) -> Option<T> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number behind a word at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (word, rest) = line.split_once([' ', ':'])?;
        (word == name).then(|| rest.split_whitespace().next()?.parse().ok())?
    })
}

/// What a group uses, without the pages of files that the kernel drops before anything else.
fn group_memory(group: &Path, [usage, limit, cached]: [&str; 3]) -> Option<Memory> {
    let limit: u64 = number(&group.join(limit))?;
    let used: u64 = number(&group.join(usage))?;
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    (limit < NO_LIMIT).then(|| Memory {
        used: used.saturating_sub(field(&stat, cached).unwrap_or(0)),
        limit,
        container: true,
    })
}

fn meminfo(text: &str) -> Option<Memory> {
    let (total, available) = (field(text, "MemTotal")?, field(text, "MemAvailable")?);
    Some(Memory {
        used: total.saturating_sub(available) * 1024,
        limit: total * 1024,
        container: false,
    })
}

/// Busy and all ticks of the first line of `/proc/stat`. Waiting for a disk is not work.
fn stat(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        // user nice system idle iowait irq softirq steal; what follows is counted in user already.
        .take(8)
        .collect();
    let all: u64 = ticks.iter().sum();
    let idle = ticks.get(3)? + ticks.get(4).unwrap_or(&0);
    Some((all - idle, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1\n";
    const MEMINFO: &str = "MemTotal:       1000 kB\nMemFree:        100 kB\nMemAvailable:   750 kB\n";

    /// A machine of these files.
    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let machine = Machine::below(root.path());
        (root, machine)
    }

    #[test]
    fn without_a_container_the_machine_is_read() {
        let (root, machine) = machine(&[("proc/meminfo", MEMINFO), ("proc/stat", STAT)]);
        let memory = machine.memory().unwrap();
        assert_eq!((memory.percent(), memory.container), (25.0, false));
        let before = machine.cpu().unwrap();
        fs::write(
            root.path().join("proc/stat"),
            "cpu  130 0 130 760 180 0 0 0 0 0\n",
        )
        .unwrap();
        let (percent, container) = machine.cpu().unwrap().percent(&before).unwrap();
        assert!((percent - 30.0).abs() < 0.001, "{percent}");
        assert!(!container);
    }

    #[test]
    fn the_limit_of_a_container_counts_also_when_it_is_that_of_a_group_around() {
        let (root, machine) = machine(&[
            ("proc/meminfo", MEMINFO),
            ("proc/stat", STAT),
            ("proc/self/cgroup", "0::/pod/stoa\n"),
            ("sys/fs/cgroup/pod/stoa/memory.max", "max\n"),
            ("sys/fs/cgroup/pod/stoa/memory.current", "900\n"),
            ("sys/fs/cgroup/pod/memory.max", "1000\n"),
            ("sys/fs/cgroup/pod/memory.current", "950\n"),
            ("sys/fs/cgroup/pod/memory.stat", "anon 700\ninactive_file 50\n"),
            ("sys/fs/cgroup/pod/cpu.max", "50000 100000\n"),
            ("sys/fs/cgroup/pod/cpu.stat", "usage_usec 1000\nuser_usec 1\n"),
        ]);
        let memory = machine.memory().unwrap();
        assert_eq!((memory.used, memory.limit, memory.container), (900, 1000, true));
        let before = machine.cpu().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        // A second of work in a moment: more than half a processor can do, so it is the container's that counts.
        fs::write(
            root.path().join("sys/fs/cgroup/pod/cpu.stat"),
            "usage_usec 1001000\n",
        )
        .unwrap();
        let (percent, container) = machine.cpu().unwrap().percent(&before).unwrap();
        assert!(container && percent > 100.0, "{percent}");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "both sides are the same whole number")]
    fn the_older_kind_of_control_groups_is_read_too() {
        let (_root, machine) = machine(&[
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "4:memory:/box\n3:cpu,cpuacct:/box\n"),
            (
                "sys/fs/cgroup/memory/box/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
            ("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "1\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n"),
        ]);
        assert_eq!(machine.memory().unwrap().percent(), 50.0);
    }

    #[test]
    fn where_nothing_can_be_read_nothing_is_said() {
        let (_root, machine) = machine(&[("proc/stat", "intr 5\n")]);
        assert!(machine.memory().is_none());
        assert!(machine.cpu().is_none());
    }
}
