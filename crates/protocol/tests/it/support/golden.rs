//! Golden files: JSON that must not change, as clients rely on it.

use std::{
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Compares a value with its golden file, written and read. A missing file is written and the test
/// fails: check the file, and run the test again. To change a file, delete it.
pub fn assert_golden<T>(name: &str, value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let written = serde_json::to_string_pretty(value).expect("a value with a JSON form") + "\n";
    let golden = read_or_create(name, &written);
    assert_eq!(written, golden, "the written value differs from {name}");
    let read: T = serde_json::from_str(&golden).expect("a golden file is valid");
    assert_eq!(&read, value, "the read value differs from {name}");
}

/// The folder of the golden files.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden")
}

fn read_or_create(name: &str, text: &str) -> String {
    let path = folder().join(name);
    if !path.exists() {
        fs::create_dir_all(path.parent().expect("a golden file has a folder")).expect("a folder");
        fs::write(&path, text).expect("a golden file is written");
        panic!("wrote the missing file {name}: check it, and run the test again");
    }
    fs::read_to_string(path).expect("a golden file is text")
}
