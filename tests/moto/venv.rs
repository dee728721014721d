//! Where moto is installed: a virtual environment of Python under the target folder, made at the first use.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const REQUIREMENTS: &str = include_str!("requirements.txt");
/// What to do when it doesn't work.
pub(super) const HINT: &str = concat!(
    "hint: this test needs Python 3.10 or later with its `venv` (Debian and Ubuntu: `apt install python3-venv`), and the ",
    "network at its first run; after a change of Python, remove `moto` in ",
    env!("CARGO_TARGET_TMPDIR")
);

/// The Python that has moto; installs it where that is still to do.
///
/// Every set of requirements has a folder of its own, so that a changed version makes a new one.
pub(super) fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    let mut hasher = DefaultHasher::new();
    REQUIREMENTS.hash(&mut hasher);
    let home = folder.join(format!("{:016x}", hasher.finish()));
    let python = home.join("bin/python");
    // Written last: what an interrupted installation leaves has none and is made anew.
    let complete = home.join("complete");
    if complete.exists() && python.exists() {
        return python;
    }

    fs::create_dir_all(&folder)
        .unwrap_or_else(|error| panic!("failed to make `{}`: {error}", folder.display()));
    // One test at a time, of this process or another: the others wait and find it done.
    let path = home.with_extension("lock");
    let lock = File::create(&path).and_then(|file| file.lock().map(|()| file));
    let lock = lock.unwrap_or_else(|error| panic!("failed to lock `{}`: {error}", path.display()));
    if !(complete.exists() && python.exists()) {
        let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/moto/requirements.txt");
        let pip =
            ["-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r"];
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home), &lock);
        run(Command::new(&python).args(pip).arg(requirements), &lock);
        fs::write(&complete, "")
            .unwrap_or_else(|error| panic!("failed to write `{}`: {error}", complete.display()));
    }
    python
}

/// Runs a step of the installation to its good end.
///
/// It holds the lock too, by an input that it doesn't read: should this process be killed, the next one waits for what
/// goes on in the folder.
fn run(command: &mut Command, lock: &File) {
    let input = lock.try_clone().unwrap_or_else(|error| panic!("failed to share the lock: {error}"));
    let output = command.stdin(Stdio::from(input)).output();
    let output = output.unwrap_or_else(|error| panic!("failed to run `{command:?}`: {error}\n{HINT}"));
    assert!(
        output.status.success(),
        "`{command:?}` failed with {}:\n{}{}\n{HINT}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
