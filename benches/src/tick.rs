//! A tick: a numbered, dated text that is published once and counted at every client. It is the name of an
//! activity, because the frames of the `seed` dialect contain that.

use serde::{Deserialize, Serialize};

/// The prefix of every tick.
const MARK: &[u8] = b"tick-";

/// One tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Its number among all ticks of a run, from 0.
    pub number: u32,
    /// When it was sent, in microseconds since 1970.
    pub sent_us: u64,
}

impl Tick {
    /// Returns `tick-<number>-<time>`, always of the same length.
    pub fn name(self) -> String {
        format!("tick-{:06}-{:020}", self.number, self.sent_us)
    }

    /// Returns the first tick in a frame.
    pub fn find(frame: &[u8]) -> Option<Self> {
        let start = Self::position(frame)?;
        let number = frame.get(start..start + 6)?;
        let sent = frame.get(start + 7..start + 27)?;
        Some(Self {
            number: u32::try_from(parse(number)?).ok()?,
            sent_us: parse(sent)?,
        })
    }

    /// Returns the frame with this tick instead of its own.
    pub fn replace_in(self, frame: &str) -> Option<String> {
        let start = Self::position(frame.as_bytes())? - MARK.len();
        let name = self.name();
        let end = start + name.len();
        Some(format!(
            "{}{name}{}",
            frame.get(..start)?,
            frame.get(end..)?
        ))
    }

    /// Returns where the number starts.
    fn position(frame: &[u8]) -> Option<usize> {
        frame
            .windows(MARK.len())
            .position(|window| window == MARK)
            .map(|at| at + MARK.len())
    }
}

fn parse(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::Tick;

    const TICK: Tick = Tick {
        number: 41,
        sent_us: 1_790_000_000_000_001,
    };

    #[test]
    fn tick_is_found_in_a_frame() {
        let frame = format!(
            r#"{{"origin":"temporal","message":"{}: Running"}}"#,
            TICK.name()
        );
        assert_eq!(Tick::find(frame.as_bytes()), Some(TICK));
        assert_eq!(Tick::find(b"{\"message\":\"another: Running\"}"), None);
        assert_eq!(Tick::find(b"tick-0000"), None);
    }

    #[test]
    fn tick_replaces_another() {
        let frame = format!("before {} after", TICK.name());
        let next = Tick { number: 42, ..TICK };
        assert_eq!(
            next.replace_in(&frame),
            Some(format!("before {} after", next.name()))
        );
    }
}
