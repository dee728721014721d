//! The program as a user runs it: in the repository's folder, with nothing of this machine's AWS configuration.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// How a run of the program ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Exit code and standard error, as a person reads it.
    pub fn screen(&self) -> String {
        format!("exit code {}\n{}", self.code, self.err)
    }

    /// Fails the test with everything that was said, unless it ended so.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }
}

/// Runs the program with these arguments.
pub fn host(args: &[&str]) -> Ended {
    host_with(args, &[])
}

/// Runs the program with these arguments and environment variables.
pub fn host_with(args: &[&str], env: &[(&str, &str)]) -> Ended {
    let home = tempfile::tempdir().expect("a folder");
    ended(command(args, home.path()).envs(env.iter().copied()))
}

/// Runs it to its end.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
    Ended {
        code: output.status.code().expect("it ends by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// The program with these arguments, at home in this folder.
pub fn command(args: &[&str], home: &Path) -> Command {
    // Whoever runs the tests in the background may have interrupts ignored, and so would the program.
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT,TERM,HUP").arg(binary());
        command
    } else {
        Command::new(binary())
    };
    command.args(args).current_dir(repository()).env_clear();
    command.env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
    command
}

/// The repository's folder.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the repository")
}

/// The folder of this build: the one that this test's binary is below.
pub fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a binary");
    test.ancestors().nth(2).expect("it is in target/<profile>/deps").to_path_buf()
}

/// The program, built once: cargo doesn't build it for the tests of another package.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let folder = build_folder();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "rhai-host", "--target-dir"]);
        cargo.arg(folder.parent().expect("the target folder")).current_dir(repository());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the program doesn't build: {cargo:?}");
        folder.join("rhai-host")
    })
}
