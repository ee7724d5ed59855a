//! Speech from eSpeak NG, which a script plays, and from a server.

use std::{fs, os::unix::fs::PermissionsExt as _};

use fast_temporal_example_document::{ModelServer, Speech};

use crate::model_server::ScriptedServer;

const TEXT: &str = "Rivers shape the land.";

/// Half a second of sound: a header, and 22,050 samples per second of two bytes each.
fn wav() -> Vec<u8> {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(22_050_u32.to_le_bytes());
    wav.extend(44_100_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data\0\0\0\0");
    wav.resize(wav.len() + 22_050, 1);
    wav
}

/// Returns eSpeak NG as a script in a folder.
fn espeak(folder: &tempfile::TempDir, script: &str) -> Speech {
    let program = folder.path().join("espeak-ng");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a file");
    Speech::EspeakNg(program, "en".into())
}

#[tokio::test]
async fn espeak_speaks_its_input_into_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("sound.wav"), wav()).expect("a file");
    let script = "cat > \"$0.text\"\necho \"$1 $2 $3 $4 $5 $6\" > \"$0.arguments\"\n\
                  cat \"${0%/*}/sound.wav\" > \"$7\"";
    let sound = espeak(&folder, script).speak(TEXT).await.expect("a sound");
    assert_eq!(sound.wav, wav());
    assert!(
        (sound.seconds - 0.5).abs() < 1e-9 && sound.whole,
        "{} s",
        sound.seconds
    );
    let read = |name| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(
        read("espeak-ng.text"),
        TEXT,
        "as input, never as an argument"
    );
    assert_eq!(read("espeak-ng.arguments"), "-b 1 -v en --stdin -w\n");
}

#[tokio::test]
async fn failures_of_espeak_have_a_type_and_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    for (script, kind, reason) in [
        (
            "cat > /dev/null; echo no voice >&2; exit 1",
            "SpeechFailed",
            "no voice",
        ),
        (
            "cat > /dev/null; echo sorry > $7",
            "InvalidSound",
            "not a WAV file",
        ),
    ] {
        let error = espeak(&folder, script).speak(TEXT).await.expect_err(kind);
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn server_speaks_if_one_is_set() {
    let headers = "Content-Type: audio/wav\r\n";
    let server = ScriptedServer::responding("200 OK", headers, &wav()).await;
    let model = ModelServer::new(&server.url, None, "tts".into()).expect("a valid URL");
    let speech = Speech::Server(model, "alloy".into());
    let sound = speech.speak(TEXT).await.expect("a sound");
    assert_eq!(sound.wav, wav());
    assert_eq!(speech.voice(), "tts, voice alloy");
    let request = server.request().await;
    assert!(
        request.head.starts_with("POST /v1/audio/speech "),
        "{}",
        request.head
    );
    assert_eq!(request.body["input"], TEXT);
    assert_eq!(request.body["response_format"], "wav");
}

#[tokio::test]
async fn machine_without_speech_names_what_to_install() {
    let error = Speech::None.speak(TEXT).await.expect_err("no speech");
    assert_eq!((error.kind, error.is_retryable), ("NoSpeech", false));
    assert!(error.message.contains("install espeak-ng"), "{error}");
    let error = Speech::None.speak(" … \n!").await.expect_err("no words");
    assert_eq!(error.kind, "NothingToSpeak");
}
