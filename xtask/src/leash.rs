//! Programs that run beside a chore and never outlive it.
//!
//! Each is started by a small shell that holds the reading end of a pipe. The writing end is the chore's: when the
//! chore lets go of it, or dies in whatever way (an interrupt, `kill -9`), the shell reads the end of the pipe, stops
//! the program and sweeps up after it. No signal handler is needed for that, and none can be forgotten.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::run;

/// `$1` the signal that ends the program well, `$2` a folder to remove afterwards (or nothing), then the program.
const SHELL: &str = r#"
signal=$1 sweep=$2
shift 2
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
(
    read -r _ <&3
    kill -s "$signal" "$program"
    tries=0
    while [ "$tries" -lt 100 ] && kill -s 0 "$program"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -s KILL "$program"
) >/dev/null 2>&1 &
watch=$!
wait "$program"
code=$?
kill "$watch" 2>/dev/null
[ -z "$sweep" ] || rm -rf -- "$sweep"
exit "$code"
"#;

/// How long a program may take to stop before it is no longer waited for; its shell kills it before that.
const STOP: Duration = Duration::from_secs(12);

/// A user to run a program as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    /// User id.
    pub(crate) uid: u32,
    /// Group id.
    pub(crate) gid: u32,
}

/// How a program is kept.
#[derive(Debug)]
pub(crate) struct Keep<'a> {
    /// The signal that ends the program well, without `SIG`.
    pub(crate) signal: &'a str,
    /// A folder to remove when the program has ended.
    pub(crate) sweep: Option<&'a Path>,
    /// Another user to run it as.
    pub(crate) owner: Option<Owner>,
    /// Where its output goes.
    pub(crate) log: &'a Path,
}

/// A running program; dropping it stops it and waits until it is gone.
#[derive(Debug)]
pub(crate) struct Leashed {
    name: String,
    log: PathBuf,
    shell: Child,
    rope: Option<ChildStdin>,
}

impl Leashed {
    /// Starts `command` (its program, arguments, variables and folder count; its streams don't).
    ///
    /// # Errors
    /// When the log cannot be written or there is no shell.
    pub(crate) fn start(name: &str, command: &Command, keep: &Keep<'_>) -> Result<Self> {
        let log = File::create(keep.log).map_err(Failure::file(keep.log))?;
        let copy = log.try_clone().map_err(Failure::file(keep.log))?;
        let mut shell = run::program("/bin/sh");
        shell.args(["-c", SHELL, "leash", keep.signal]).arg(keep.sweep.unwrap_or(Path::new("")));
        shell.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        if let Some(Owner { uid, gid }) = keep.owner {
            shell.uid(uid).gid(gid);
        }
        // Out of the terminal's process group: an interrupt is for the chore, which then lets go.
        shell.process_group(0).stdin(Stdio::piped()).stdout(log).stderr(copy);
        let mut shell = shell.spawn().map_err(|error| Failure::Program {
            command: name.into(),
            how: format!("could not be started: {error}"),
        })?;
        let rope = shell.stdin.take();
        Ok(Self { name: name.into(), log: keep.log.into(), shell, rope })
    }

    /// The file that holds its output.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until `ready` gives something.
    ///
    /// # Errors
    /// When the program ends before, or `limit` is over; the end of its log is shown.
    pub(crate) fn wait_until<T>(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<T> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if let Some(answer) = ready() {
                return Ok(answer);
            }
            if let Some(how) = self.ended() {
                run::show_end_of(&self.log);
                return Err(Failure::Program { command: self.name.clone(), how });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        run::show_end_of(&self.log);
        Err(Failure::Program {
            command: self.name.clone(),
            how: format!("was not ready within {} s", limit.as_secs()),
        })
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.shell.try_wait().ok()??;
        Some(format!("ended by itself with {status}; its output is in {}", self.log.display()))
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        drop(self.rope.take());
        let start = Instant::now();
        while matches!(self.shell.try_wait(), Ok(None)) && start.elapsed() < STOP {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Yard {
        folder: PathBuf,
        log: PathBuf,
    }

    impl Yard {
        fn new(name: &str) -> Self {
            let base = std::env::temp_dir().join(format!("xtask-leash-{name}-{}", std::process::id()));
            fs::create_dir_all(base.join("swept")).unwrap();
            Self { folder: base.join("swept"), log: base.join("log") }
        }

        fn start(&self, script: &str) -> Leashed {
            let mut command = run::program("/bin/sh");
            command.args(["-c", script]);
            let keep = Keep { signal: "TERM", sweep: Some(&self.folder), owner: None, log: &self.log };
            Leashed::start("test", &command, &keep).unwrap()
        }

        fn said(&self, words: &str) -> Option<()> {
            fs::read_to_string(&self.log).unwrap_or_default().contains(words).then_some(())
        }
    }

    impl Drop for Yard {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.log.parent().unwrap());
        }
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn letting_go_ends_the_program_well_and_sweeps_up() {
        let yard = Yard::new("drop");
        let mut leashed =
            yard.start("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
        leashed.wait_until(LIMIT, || yard.said("ready")).unwrap();
        drop(leashed);
        assert!(yard.said("bye").is_some());
        assert!(!yard.folder.exists());
    }

    #[test]
    fn a_program_that_ends_by_itself_is_reported() {
        let yard = Yard::new("end");
        let mut leashed = yard.start("exit 7");
        let failure = leashed.wait_until(LIMIT, || None::<()>).unwrap_err().to_string();
        assert!(failure.contains("status: 7"), "{failure}");
    }
}
