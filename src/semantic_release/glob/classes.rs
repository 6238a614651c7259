//! Sets of UTF-16 units, as JavaScript's character classes without the flag `u`.

/// A set of UTF-16 units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// Whether it holds what the ranges do not.
    negated: bool,
    /// From and to, both inside.
    ranges: Vec<(u16, u16)>,
}

impl Class {
    /// The set of what is given.
    #[must_use]
    pub fn of(ranges: &[(u16, u16)]) -> Self {
        Self {
            negated: false,
            ranges: ranges.to_vec(),
        }
    }

    /// The set of one unit.
    #[must_use]
    pub fn one(unit: u16) -> Self {
        Self::of(&[(unit, unit)])
    }

    /// The set of all that this one does not hold.
    #[must_use]
    pub fn not(mut self) -> Self {
        self.negated = !self.negated;
        self
    }

    /// What `.` is: everything but line breaks.
    #[must_use]
    pub fn dot() -> Self {
        Self::of(&[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]).not()
    }

    /// What `\d`, `\w` and `\s` are; `\D`, `\W`, `\S` are their opposites. None for another letter.
    #[must_use]
    pub fn escape(letter: char) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            'd' => Self::of(&[(0x30, 0x39)]),
            'w' => Self::of(&[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]),
            's' => Self::of(&[
                (0x09, 0x0D),
                (0x20, 0x20),
                (0xA0, 0xA0),
                (0x1680, 0x1680),
                (0x2000, 0x200A),
                (0x2028, 0x2029),
                (0x202F, 0x202F),
                (0x205F, 0x205F),
                (0x3000, 0x3000),
                (0xFEFF, 0xFEFF),
            ]),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() {
            class.not()
        } else {
            class
        })
    }

    /// Adds a range.
    pub fn add(&mut self, from: u16, to: u16) {
        self.ranges.push((from, to));
    }

    /// Adds all that another set holds.
    pub fn join(&mut self, other: &Self) {
        if !other.negated {
            self.ranges.extend_from_slice(&other.ranges);
            return;
        }
        let mut sorted = other.ranges.clone();
        sorted.sort_unstable();
        let mut next = 0_u32;
        for (from, to) in sorted {
            if let Some(end) = u16::try_from(next).ok().filter(|start| *start < from) {
                self.ranges.push((end, from - 1));
            }
            next = next.max(u32::from(to) + 1);
        }
        if let Ok(start) = u16::try_from(next) {
            self.ranges.push((start, u16::MAX));
        }
    }

    /// Whether it holds the unit.
    #[must_use]
    pub fn holds(&self, unit: u16) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&unit)) != self.negated
    }
}
