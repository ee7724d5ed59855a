//! The example's settings.

use std::ffi::OsString;

use fast_temporal_example_document::{Activities, LanguageModel, Speech};

fn read(variables: &[(&str, &str)]) -> anyhow::Result<Activities> {
    Activities::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn defaults_are_plain_rules_and_the_users_data_folder() {
    let activities = read(&[("HOME", "/users/ann")]).expect("valid settings");
    let folder = "/users/ann/.local/share/fast-temporal/documents";
    assert_eq!(activities.summary()[0], ("Documents", folder.to_owned()));
    assert!(matches!(activities.model, LanguageModel::PlainRules));
    assert!(matches!(activities.speech, Speech::None));
    assert!(activities.summary()[2].1.contains("install espeak-ng"));
}

#[test]
fn server_is_shown_without_its_password() {
    let variables = [
        ("DOCUMENT_FOLDER", "documents"),
        ("LLM_BASE_URL", "http://ann:secret@models.example/v1/"),
        ("LLM_MODEL", "small"),
    ];
    let summary = read(&variables).expect("valid settings").summary();
    assert_eq!(summary[1].1, "small at http://models.example/v1");
}

#[test]
fn invalid_settings_name_the_variable() {
    let url_without_scheme = [("SPEECH_BASE_URL", "localhost:1"), ("SPEECH_MODEL", "tts")];
    for (variables, named) in [
        (&[][..], "DOCUMENT_FOLDER"),
        (&[("LLM_BASE_URL", "http://localhost:1/v1")], "LLM_MODEL"),
        (&url_without_scheme, "SPEECH_BASE_URL"),
    ] {
        let error = read(variables).err().expect(named);
        assert!(format!("{error:#}").contains(named), "{error:#}");
    }
}
