//! What the `dev` command's example works with.

use super::*;

#[test]
fn without_servers_the_example_has_none() {
    let example = load(NO).tool.example;
    assert!(example.language.is_none() && example.speech.is_none());
    // A name without a server is of no use, and no harm.
    let example = load(&[("LLM_MODEL", "small")]).tool.example;
    assert!(example.language.is_none());
}

#[test]
fn a_models_server_is_read_from_the_originals_kind_of_variables_and_from_the_file() {
    let variables = [
        ("LLM_BASE_URL", "http://localhost:11434/v1"),
        ("LLM_API_KEY", "hush"),
        ("LLM_MODEL", "small"),
    ];
    let settings = load(&variables);
    let language = settings.tool.example.language.clone().expect("a server");
    assert_eq!(language.base_url, "http://localhost:11434/v1");
    assert_eq!(language.model, "small");
    assert_eq!(row(&settings, "LLM_API_KEY").value.as_deref(), Some("***"));

    let text = "[dev]\nspeech_base_url = \"https://speech.example/v1\"\nspeech_model = \"tts\"\n\
                document_folder = \"documents\"\n";
    let example = load_file(text).tool.example;
    let speech = example.speech.expect("a server");
    assert_eq!(
        (speech.model.as_str(), speech.api_key.is_none()),
        ("tts", true)
    );
    assert_eq!(example.folder.as_deref(), Some("conf/documents".as_ref()));
}

#[test]
fn what_is_no_server_is_refused() {
    let missing = errors(&[("LLM_BASE_URL", "http://localhost:1/v1")], "");
    assert!(missing[0].contains("LLM_MODEL"), "{missing:?}");
    for url in ["localhost:11434", "ftp://a/", "http://", "http:///v1"] {
        let wrong = errors(&[("LLM_BASE_URL", url), ("LLM_MODEL", "small")], "");
        assert!(wrong[0].contains("http or https URL"), "{url}: {wrong:?}");
    }
}
