//! Files that nobody else may read: all that is written is made with mode 0600, here.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How every file is opened that is written.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens a file to be written bit by bit, such as a log; what is in it goes. One that is there is closed to others; a pipe or
/// a device is taken as it is.
///
/// # Errors
/// When it can't be opened, or not be closed to others.
pub fn create_private(path: &Path) -> io::Result<File> {
    let file = options().create(true).truncate(true).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let known = file.metadata()?;
        if known.is_file() && known.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Writes a file, whole or not at all: what was there before stays until all of it is on the disk.
///
/// # Errors
/// When the folder is missing, can't be written to or is full, or when there is something else than a file at `path`. Then
/// what was there before is as it was.
pub fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(text))
}

fn write_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let path = place(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new()
        .prefix(".partial-")
        .make_in(folder, |path| options().create_new(true).open(path))?;
    write(beside.as_file_mut())?;
    beside.as_file().sync_all()?;
    beside.persist(&path).map_err(|failed| failed.error)?;
    // So that the new name is on the disk, too. Only Unix lets a folder be opened for that.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Where the file is to be: behind a link, where that leads. A device must not be renamed over.
fn place(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Ok(real) if real.is_file() => Ok(real),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is there, and is not a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777
    }

    #[test]
    fn a_write_that_fails_half_way_leaves_the_older_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        write_private(&path, b"older").unwrap();
        let full = |file: &mut File| {
            file.write_all(b"ha")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        assert_eq!(write_with(&path, full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"older");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_missing_or_in_the_way_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = write_private(&folder.path().join("none/plan.json"), b"new").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert_eq!(write_private(folder.path(), b"new").unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_what_is_written_not_even_where_it_was_open_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for before in [None, Some(0o644)] {
            let (log, plan) = (folder.path().join("calls.jsonl"), folder.path().join("plan.json"));
            for path in before.iter().flat_map(|_| [&log, &plan]) {
                std::fs::write(path, "older").unwrap();
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
            }
            create_private(&log).unwrap().write_all(b"new").unwrap();
            write_private(&plan, b"new").unwrap();
            for path in [&log, &plan] {
                assert_eq!((mode(path), std::fs::read(path).unwrap()), (0o600, b"new".to_vec()));
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_a_device_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join("link"), folder.path().join("real"));
        std::fs::write(&real, "older").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_private(&link, b"new").unwrap();
        assert!(link.is_symlink() && std::fs::read(&real).unwrap() == b"new");
        let device = Path::new("/dev/null");
        assert_eq!(write_private(device, b"new").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        create_private(device).unwrap();
        assert_eq!(mode(device), 0o666);
    }
}
