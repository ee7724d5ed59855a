//! Plain rules in place of a language model.

use fast_temporal_example_document::{Generated, LanguageModel, StepError};
use tokio::sync::mpsc;

async fn apply(text: &str, instruction: &str) -> Result<Generated, StepError> {
    let (pieces, _receiver) = mpsc::channel(1);
    let model = LanguageModel::PlainRules;
    model.generate(text, instruction, pieces).await
}

#[tokio::test]
async fn every_phrase_names_its_rule() {
    for (text, instruction, expected) in [
        ("straße 1", "Upper case, please!", "STRASSE 1"),
        ("ÄB", "lower case", "äb"),
        (
            "it's a LONG-poll,\nnow",
            "capitalize",
            "It's A Long-Poll,\nNow",
        ),
        ("a\nb\nc", "reverse", "c\nb\na"),
        ("b\nC\na", "please SORT the lines", "a\nb\nC"),
        ("x\ny", "number lines", "1  x\n2  y"),
        ("tea for two, tea!", "count words", "    2  tea\n    1  two"),
    ] {
        let generated = apply(text, instruction).await.expect(instruction);
        assert_eq!(generated.text, expected, "{instruction}");
    }
    let error = apply("", "summarize").await.expect_err("an empty summary");
    assert_eq!(error.kind, "ModelEmpty");
}

#[tokio::test]
async fn summary_has_the_sentences_with_the_most_frequent_words() {
    let text = "Rivers shape valleys. Nobody knew. Rivers carry water and rivers carry sand. \
                It rained. Valleys follow\nrivers. So be it.";
    let summary = apply(text, "summarize").await.expect("a summary");
    let expected = "Rivers shape valleys. Valleys follow rivers.";
    assert_eq!(summary.text, expected);
    let note = summary.note.expect("a note");
    assert!(note.contains("without a language model"), "{note}");
}

#[tokio::test]
async fn unknown_instruction_lists_the_rules_and_how_to_get_a_model() {
    let error = apply("a", "consort").await.expect_err("no rule");
    assert!(!error.is_retryable);
    for part in ["upper case, lower case", "summarize", "LLM_BASE_URL"] {
        assert!(error.message.contains(part), "{error}");
    }
}
