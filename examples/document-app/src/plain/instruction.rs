//! What can be done with a text, and how people ask for it.

use std::str::FromStr;

use super::text::words;

/// One thing that can be done with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    UpperCase,
    LowerCase,
    TitleCase,
    ReverseLines,
    SortLines,
    NumberLines,
    CountWords,
    Summarize,
}

/// Each instruction with the phrases that mean it. The first phrase is its name.
const PHRASES: &[(Instruction, &[&str])] = &[
    (
        Instruction::UpperCase,
        &["upper case", "uppercase", "capitals"],
    ),
    (Instruction::LowerCase, &["lower case", "lowercase"]),
    (
        Instruction::TitleCase,
        &["title case", "titlecase", "capitalize"],
    ),
    (
        Instruction::ReverseLines,
        &["reverse lines", "reverse the lines", "reverse"],
    ),
    (
        Instruction::SortLines,
        &["sort lines", "sort the lines", "sort"],
    ),
    (
        Instruction::NumberLines,
        &["number lines", "number the lines", "line numbers"],
    ),
    (
        Instruction::CountWords,
        &["count words", "count the words", "word count"],
    ),
    (
        Instruction::Summarize,
        &["summarize", "summarise", "summary", "shorten"],
    ),
];

/// The instruction is none of those that are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown instruction {0:?}; known are: {known}", known = Instruction::names().join(", "))]
pub(super) struct UnknownInstruction(pub(super) String);

impl Instruction {
    /// The names of all instructions.
    fn names() -> Vec<&'static str> {
        PHRASES.iter().map(|(_, phrases)| phrases[0]).collect()
    }

    pub(super) fn name(self) -> &'static str {
        let found = PHRASES.iter().find(|(instruction, _)| *instruction == self);
        found.expect("the table has every instruction").1[0]
    }
}

impl FromStr for Instruction {
    type Err = UnknownInstruction;

    /// Finds a known phrase in what somebody wrote: `Upper case, please!` will do.
    fn from_str(text: &str) -> Result<Self, UnknownInstruction> {
        let asked: Vec<_> = words(text).map(str::to_lowercase).collect();
        let holds = |phrase: &&str| {
            let phrase: Vec<_> = phrase.split(' ').collect();
            asked.windows(phrase.len()).any(|part| part == phrase)
        };
        PHRASES
            .iter()
            .find(|(_, phrases)| phrases.iter().any(&holds))
            .map(|(instruction, _)| *instruction)
            .ok_or_else(|| UnknownInstruction(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_understood_and_every_instruction_named() {
        for (instruction, phrases) in PHRASES {
            for phrase in *phrases {
                assert_eq!(phrase.parse(), Ok(*instruction), "{phrase}");
            }
            assert_eq!(instruction.name().parse(), Ok(*instruction));
        }
    }

    #[test]
    fn a_phrase_is_found_in_a_sentence_but_not_in_a_word() {
        assert_eq!("Please SORT the lines!".parse(), Ok(Instruction::SortLines));
        assert!("consort".parse::<Instruction>().is_err());
    }

    #[test]
    fn the_unknown_is_told_what_is_known() {
        let error = "dance".parse::<Instruction>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown instruction \"dance\"; known are: upper case, "),
            "{error}"
        );
        assert!(error.ends_with("summarize"), "{error}");
    }
}
