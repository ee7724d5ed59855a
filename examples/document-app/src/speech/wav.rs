//! Sound as numbers, read from WAV files and written to them: PCM, 16 bits, one channel.

/// What no sound of speech exceeds, and what a file of another kind would give.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// The longest sound that is kept: a quarter of an hour. How long a text is to listen to shows only
/// when it is spoken: letters that are spelled out take minutes a page.
pub(super) const MAX_SECONDS: u32 = 15 * 60;
/// A sample of 16 bits below this is silence.
const SILENCE: u16 = 200;

/// Sound of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pcm {
    /// Samples per second.
    pub(super) rate: u32,
    /// The samples.
    pub(super) samples: Vec<i16>,
}

/// Why bytes are no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// Not a WAV file, or a broken one.
    #[error("it is no WAV file")]
    NoWav,
    /// A WAV file of another kind.
    #[error(
        "its format is {format}, with {channels} channels and {bits} bits, and not PCM with one channel and 16 bits"
    )]
    Format {
        /// The number of the format.
        format: u16,
        /// The channels.
        channels: u16,
        /// Bits per sample.
        bits: u16,
    },
    /// Its pace is none of sound.
    #[error("it has {0} samples a second")]
    Rate(u32),
    /// Nothing is to be heard.
    #[error("it is silent")]
    Silent,
}

impl Pcm {
    /// Reads a WAV file. One that was written while it was not known how long it would get, as by
    /// a program into a pipe, ends with the bytes, whatever it says of its length.
    pub(super) fn read(file: &[u8]) -> Result<Self, WavError> {
        let mut rest = match file.strip_prefix(b"RIFF") {
            Some([_, _, _, _, rest @ ..]) => rest.strip_prefix(b"WAVE").ok_or(WavError::NoWav)?,
            _ => return Err(WavError::NoWav),
        };
        let mut rate = None;
        while let Some((head, body)) = rest.split_at_checked(8) {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let chunk = &body[..length.min(body.len())];
            match (&head[..4], rate) {
                (b"fmt ", _) => rate = Some(format(chunk)?),
                (b"data", Some(rate)) => return Ok(Self::of(rate, chunk)),
                _ => {}
            }
            // Chunks begin at even places.
            rest = body
                .get(length.saturating_add(length % 2)..)
                .unwrap_or_default();
        }
        Err(WavError::NoWav)
    }

    /// Sound out of bytes, each sample's lower one first.
    pub(super) fn of(rate: u32, bytes: &[u8]) -> Self {
        let (pairs, _) = bytes.as_chunks::<2>();
        Self {
            rate,
            samples: pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect(),
        }
    }

    /// Whether there is something to be heard.
    pub(super) fn check(&self) -> Result<(), WavError> {
        if !RATES.contains(&self.rate) {
            return Err(WavError::Rate(self.rate));
        }
        let heard = |sample: &i16| sample.unsigned_abs() > SILENCE;
        if self.samples.iter().any(heard) {
            Ok(())
        } else {
            Err(WavError::Silent)
        }
    }

    /// Leaves away what is longer than is kept, and says whether that is all of it.
    pub(super) fn cut(&mut self) -> bool {
        let most = usize::try_from(u64::from(MAX_SECONDS) * u64::from(self.rate));
        let most = most.unwrap_or(usize::MAX);
        let whole = self.samples.len() <= most;
        self.samples.truncate(most);
        whole
    }

    /// How long it is.
    #[expect(clippy::cast_precision_loss, reason = "no sound is so long")]
    pub(super) fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// A WAV file.
    pub(super) fn wav(&self) -> Vec<u8> {
        let bytes = u32::try_from(self.samples.len() * 2).expect("what is spoken has a limit");
        let mut file = Vec::with_capacity(44 + self.samples.len() * 2);
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&(36 + bytes).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.extend_from_slice(&16u32.to_le_bytes());
        for word in [1u16, 1] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&self.rate.to_le_bytes());
        file.extend_from_slice(&(self.rate * 2).to_le_bytes());
        for word in [2u16, 16] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(b"data");
        file.extend_from_slice(&bytes.to_le_bytes());
        file.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file
    }
}

/// The samples per second of a WAV file whose format we know.
fn format(chunk: &[u8]) -> Result<u32, WavError> {
    let (words, _) = chunk.as_chunks::<2>();
    let &[format, channels, low, high, _, _, _, bits, ..] = words else {
        return Err(WavError::NoWav);
    };
    let [format, channels, bits] = [format, channels, bits].map(u16::from_le_bytes);
    if (format, channels, bits) != (1, 1, 16) {
        return Err(WavError::Format {
            format,
            channels,
            bits,
        });
    }
    Ok(u32::from_le_bytes([low[0], low[1], high[0], high[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone() -> Pcm {
        let samples = (0..800).map(|at| if at % 20 < 10 { 9000 } else { -9000 });
        Pcm {
            rate: 8000,
            samples: samples.collect(),
        }
    }

    #[test]
    fn sound_is_written_and_read_again() {
        let tone = tone();
        assert_eq!(Pcm::read(&tone.wav()), Ok(tone.clone()));
        assert!((tone.seconds() - 0.1).abs() < 1e-9);
        assert_eq!(tone.check(), Ok(()));
    }

    #[test]
    fn what_is_longer_than_is_kept_is_cut() {
        let most = MAX_SECONDS as usize * 4000;
        let sound = |length| Pcm {
            rate: 4000,
            samples: vec![9000; length],
        };
        let (mut whole, mut longer) = (sound(most), sound(most + 1));
        assert!(whole.cut() && !longer.cut());
        assert_eq!(whole, longer);
    }

    #[test]
    fn a_length_that_was_not_known_is_the_rest_of_the_file() {
        let mut file = tone().wav();
        file[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        file[40..44].copy_from_slice(&(u32::MAX - 40).to_le_bytes());
        assert_eq!(Pcm::read(&file), Ok(tone()));
    }

    #[test]
    fn other_chunks_are_passed_over() {
        let file = tone().wav();
        let with = [&file[..12], b"LIST\x03\0\0\0abc\0", &file[12..]].concat();
        assert_eq!(Pcm::read(&with), Ok(tone()));
    }

    #[test]
    fn what_is_no_sound_is_told_apart() {
        let file = tone().wav();
        let mut stereo = file.clone();
        stereo[22] = 2;
        assert!(matches!(
            Pcm::read(&stereo),
            Err(WavError::Format { channels: 2, .. })
        ));
        for broken in [
            &b""[..],
            b"RIFF",
            b"ID3...",
            &file[..20],
            &file[..36],
            b"RIFF....WAVEdata\0\0\0\0",
        ] {
            assert_eq!(Pcm::read(broken), Err(WavError::NoWav), "{broken:?}");
        }
        let silent = Pcm {
            samples: vec![3; 800],
            ..tone()
        };
        assert_eq!(silent.check(), Err(WavError::Silent));
        let odd = Pcm { rate: 1, ..tone() };
        assert_eq!(odd.check(), Err(WavError::Rate(1)));
    }
}
