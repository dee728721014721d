//! Zip files, as functions and layers have them.

/// A zip file with these files, not compressed, all of 1980-01-01: the same files make the same bytes.
pub(super) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut archive, mut directory) = (vec![], vec![]);
    for (name, content) in files {
        let offset = length(&archive).to_le_bytes();
        let entry = entry(name, content);
        archive.extend(b"PK\x03\x04");
        archive.extend(&entry);
        archive.extend(name.as_bytes());
        archive.extend(content.as_bytes());
        // Made by version 2.0 on Unix.
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&entry);
        // No comment, the first disk, a binary file.
        directory.extend([0; 6]);
        // A file that everybody may read.
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(offset);
        directory.extend(name.as_bytes());
    }
    let (start, size, count) = (length(&archive), length(&directory), short(files.len()));
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(size.to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

/// What is told of a file both before it and in the directory.
fn entry(name: &str, content: &str) -> Vec<u8> {
    let size = length(content.as_bytes()).to_le_bytes();
    let mut entry = vec![];
    // Needs version 2.0, no flags, stored.
    entry.extend([20, 0, 0, 0, 0, 0]);
    // Midnight, 1980-01-01.
    entry.extend([0, 0, 0x21, 0]);
    entry.extend(checksum(content.as_bytes()).to_le_bytes());
    entry.extend([size, size].concat());
    entry.extend(short(name.len()));
    entry.extend([0, 0]);
    entry
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// CRC-32, as zip files have it.
fn checksum(bytes: &[u8]) -> u32 {
    let mut rest = u32::MAX;
    for byte in bytes {
        rest ^= u32::from(*byte);
        for _ in 0..8 {
            rest = if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 };
        }
    }
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_zip_file_has_its_files_and_a_directory() {
        let bytes = zip(&[("index.js", "exports.handler = async () => {};\n"), ("lib/a.txt", "a")]);
        let find = |what: &[u8]| bytes.windows(what.len()).filter(|part| *part == what).count();
        assert_eq!((find(b"PK\x03\x04"), find(b"PK\x01\x02"), find(b"PK\x05\x06")), (2, 2, 1));
        assert_eq!(find(b"lib/a.txt"), 2);
        let end = &bytes[bytes.len() - 22..];
        let directory = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        assert_eq!(&bytes[directory..directory + 4], b"PK\x01\x02");
    }
}
