use super::*;

fn come(bytes: &[u8], most: u64, step: usize) -> Blob {
    let mut incoming = Incoming::new(most);
    bytes.chunks(step).for_each(|chunk| incoming.push(chunk));
    incoming.done()
}

#[test]
fn the_pattern_is_recognized_on_its_way_in_and_takes_no_memory() {
    let whole = Blob::pattern(100_003);
    let bytes = whole.bytes().unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    for step in [1, 7, 1000, 200_000] {
        assert!(matches!(come(&bytes, 10, step), Blob::Pattern { start: 0, length: 100_003 }), "{step}");
    }
    let parts = [come(&bytes[..65_536], 10, 999), come(&bytes[65_536..], 10, 999)];
    assert!(matches!(Blob::joined(&parts), Blob::Pattern { start: 0, length: 100_003 }));
    assert_eq!(Blob::joined(&parts).md5(), hex(&Md5::digest(&bytes)));
}

#[test]
fn what_only_begins_like_the_pattern_is_kept_to_the_letter() {
    let mut bytes = Blob::pattern(3000).bytes().unwrap();
    bytes[2500] ^= 1;
    assert_eq!(come(&bytes, 5000, 700).bytes(), Some(bytes.clone()));
    let lost = come(&bytes, 100, 700);
    assert_eq!((lost.bytes(), lost.len(), lost.sha256()), (None, 3000, hex(&Sha256::digest(&bytes))));
    assert_eq!(lost, Blob::from(bytes), "the same content");
}

#[test]
fn parts_are_those_of_the_content() {
    let bytes = Blob::from(b"0123456789".to_vec());
    assert_eq!(bytes.part(2, 3).bytes().unwrap(), b"234");
    assert_eq!(bytes.part(8, 30).bytes().unwrap(), b"89");
    assert_eq!(Blob::joined(&[bytes.part(0, 4), bytes.part(4, 6)]), bytes);
    let pattern = Blob::pattern(100);
    assert_eq!(pattern.part(13, 20).bytes().unwrap(), pattern.bytes().unwrap()[13..33]);
    let lost = Blob::lost(6 << 30, "a");
    assert_ne!(lost.part(0, 100).md5(), lost.part(100, 100).md5());
    assert_eq!(Blob::joined(&[lost.part(0, 100), lost.part(100, 50)]).len(), 150);
}

#[test]
fn it_is_saved_and_read_again() {
    for blob in [Blob::from(b"a".to_vec()), Blob::pattern(9), Blob::lost(7, "x")] {
        let text = serde_json::to_string(&blob).unwrap();
        assert_eq!(serde_json::from_str::<Blob>(&text).unwrap(), blob, "{text}");
    }
}
