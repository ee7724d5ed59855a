//! Fetches the CLI from Temporal's own download site, the way its SDKs do.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::tool::{find_in, run, run_long};

/// The version that Temporal recommends to its Rust SDK, and where its archive is.
const INFO_URL: &str =
    "https://temporal.download/cli/default?sdk-name=sdk-rust&sdk-version=0.1.0&format=tar.gz";
/// How long the site may take to say where the archive is.
const INFO_LIMIT: Duration = Duration::from_secs(10);
/// How long the archive (50 MB) may take.
const ARCHIVE_LIMIT: Duration = Duration::from_mins(10);
/// How long unpacking may take.
const UNPACK_LIMIT: Duration = Duration::from_mins(2);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    archive_url: String,
    file_to_extract: String,
}

/// Fetches and unpacks the CLI into a folder.
pub(super) async fn fetch(
    path_var: Option<&OsStr>,
    into: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<PathBuf, String> {
    let curl = find_in(path_var, "curl").ok_or("there is no curl")?;
    let tar = find_in(path_var, "tar").ok_or("there is no tar")?;
    let url = format!("{INFO_URL}&arch={}&platform={}", arch()?, platform());
    let info = run(&curl, &curl_args(&url, &["--max-time", "9"]), INFO_LIMIT).await?;
    let info: Info = serde_json::from_str(&info)
        .map_err(|error| format!("the site's answer can't be read: {error}"))?;

    let archive = into.join("archive.tar.gz");
    let mut args = curl_args(
        &info.archive_url,
        &["--speed-limit", "1000", "--speed-time", "20"],
    );
    args.extend([OsString::from("--output"), archive.clone().into()]);
    run_long(&curl, &args, ARCHIVE_LIMIT, progress).await?;

    let args: [&OsStr; 5] = [
        "-xzf".as_ref(),
        archive.as_ref(),
        "-C".as_ref(),
        into.as_ref(),
        info.file_to_extract.as_ref(),
    ];
    run(&tar, &args, UNPACK_LIMIT).await?;
    Ok(into.join(info.file_to_extract))
}

fn curl_args(url: &str, more: &[&str]) -> Vec<OsString> {
    let always = [
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--proto",
        "=https",
        "--connect-timeout",
        "5",
    ];
    always
        .iter()
        .chain(more)
        .copied()
        .chain([url])
        .map(OsString::from)
        .collect()
}

fn arch() -> Result<&'static str, String> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => Err(format!("there is no build for {other}")),
    }
}

fn platform() -> &'static str {
    match std::env::consts::OS {
        "windows" => "windows",
        "macos" => "darwin",
        _ => "linux",
    }
}
