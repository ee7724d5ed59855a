//! Speech: from a server, and from the synthesiser that every machine can have.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use fast_temporal_example_document_app::{Endpoint, Local, Server, Sound, Speech, SpeechError};

use crate::server::PlayedServer;

const TEXT: &str = "Rivers shape the land that they cross. They carry sand to the sea.";

/// What is fetched is kept there, between runs of the tests.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

#[expect(
    clippy::disallowed_methods,
    reason = "PATH is where programs are, no setting"
)]
fn path_var() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The folders of `PATH` without `espeak-ng`.
fn path_without_program() -> OsString {
    let path = path_var();
    let without = std::env::split_paths(&path).filter(|folder| !folder.join("espeak-ng").exists());
    std::env::join_paths(without).expect("folders of a PATH")
}

fn local(path_var: OsString, cache_dir: PathBuf, voice: &str) -> Speech {
    Speech::Local(Local {
        path_var: Some(path_var),
        cache_dir,
        voice: voice.to_owned(),
    })
}

/// The samples of a WAV file with one channel of 16 bits.
fn samples(wav: &[u8]) -> Vec<i16> {
    assert_eq!((&wav[..4], &wav[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    let (pairs, _) = wav[44..].as_chunks::<2>();
    pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
}

/// How loud it is: the root of the mean square.
fn loudness(samples: &[i16]) -> f64 {
    let square = |sample: &i16| f64::from(*sample) * f64::from(*sample);
    let count = u32::try_from(samples.len()).expect("a short sound");
    (samples.iter().map(square).sum::<f64>() / f64::from(count)).sqrt()
}

fn assert_spoken(sound: &Sound) {
    assert!((2.5..8.0).contains(&sound.seconds), "{} s", sound.seconds);
    assert!(sound.whole);
    let samples = samples(&sound.wav);
    assert!(loudness(&samples) > 500.0, "{}", loudness(&samples));
    // Speech is no hum: it is loud here, and pauses there.
    let parts: Vec<_> = samples.chunks(samples.len() / 40).map(loudness).collect();
    let loudest = parts.iter().copied().fold(0.0, f64::max);
    let quiet = parts.iter().filter(|part| **part < loudest / 10.0).count();
    assert!((1..35).contains(&quiet), "{parts:?}");
}

#[tokio::test]
async fn without_the_program_its_library_is_fetched_once_and_speaks() {
    let speech = local(path_without_program(), cache(), "en");
    let sound = speech
        .speak(TEXT)
        .await
        .expect("Python, pip, and PyPI, or what was fetched");
    assert_spoken(&sound);
    assert!(sound.voice.contains("library"), "{}", sound.voice);

    let longer = speech.speak(&TEXT.repeat(2)).await.expect("a sound");
    assert!(longer.seconds > sound.seconds * 1.5, "{}", longer.seconds);
    let german = local(path_without_program(), cache(), "de")
        .speak(TEXT)
        .await;
    assert_ne!(german.expect("a sound").wav, sound.wav);

    let error = local(path_without_program(), cache(), "no-such-voice")
        .speak(TEXT)
        .await;
    let error = error.expect_err("no such voice");
    assert_eq!(error.type_name(), "SynthesiserFailed");
    assert!(error.to_string().contains("no-such-voice"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_is_used_where_it_is() {
    use std::os::unix::fs::PermissionsExt as _;

    // What the program does, with what is there: the length is not known when it begins to write.
    let folder = tempfile::tempdir().expect("a folder");
    let whole = local(path_without_program(), cache(), "en")
        .speak(TEXT)
        .await;
    let mut wav = whole.expect("a sound").wav;
    wav[4..8].copy_from_slice(&[0xff; 4]);
    wav[40..44].copy_from_slice(&[0xff; 4]);
    std::fs::write(folder.path().join("sound.wav"), wav).expect("a file");
    let script = "#!/bin/sh\ncat > \"$0.text\"\necho \"$@\" > \"$0.arguments\"\n\
                  cat \"${0%/*}/sound.wav\"\n";
    let program = folder.path().join("espeak-ng");
    std::fs::write(&program, script).expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a file");

    let mut folders = vec![folder.path().to_owned()];
    folders.extend(std::env::split_paths(&path_without_program()));
    let path = std::env::join_paths(folders).expect("folders");
    let sound = local(path, "/nowhere".into(), "en")
        .speak(TEXT)
        .await
        .expect("a sound");
    assert_spoken(&sound);
    let read = |name| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(
        read("espeak-ng.text"),
        TEXT,
        "as input, never as an argument"
    );
    assert_eq!(read("espeak-ng.arguments"), "-b 1 -v en --stdin --stdout\n");
}

#[tokio::test]
async fn a_machine_with_nothing_that_speaks_says_what_to_install() {
    let error = local("/nowhere".into(), cache(), "en").speak(TEXT).await;
    let error = error.expect_err("nothing speaks");
    assert!(matches!(error, SpeechError::NoSynthesiser(_)) && !error.is_retryable());
    assert!(error.to_string().contains("install espeak-ng"), "{error}");
}

#[tokio::test]
async fn a_text_without_words_is_not_spoken() {
    let error = local(path_var(), cache(), "en").speak(" … \n!").await;
    assert_eq!(error.expect_err("no words").type_name(), "NothingToSay");
}

#[tokio::test]
async fn a_server_speaks_where_one_is_set() {
    let sound = local(path_without_program(), cache(), "en")
        .speak(TEXT)
        .await;
    let wav = sound.expect("a sound").wav;
    let server = PlayedServer::with("200 OK", "Content-Type: audio/wav\r\n", &wav).await;
    let endpoint = |server: &PlayedServer| {
        let server = Server::new(&server.url, None).expect("a URL");
        Speech::Server(Endpoint::new(server, "tts".into(), "alloy".into()))
    };
    let sound = endpoint(&server).speak(TEXT).await.expect("a sound");
    assert_eq!(sound.wav, wav);
    assert_eq!(sound.voice, "tts, voice alloy");
    let asked = server.asked().await;
    assert!(
        asked.head.starts_with("POST /v1/audio/speech "),
        "{}",
        asked.head
    );
    assert_eq!(asked.body["input"], TEXT);
    assert_eq!(asked.body["response_format"], "wav");

    let server = PlayedServer::with("200 OK", "", b"<html>sorry</html>").await;
    let error = endpoint(&server).speak(TEXT).await.expect_err("no sound");
    assert_eq!(
        (error.type_name(), error.is_retryable()),
        ("NoSound", false)
    );
}
