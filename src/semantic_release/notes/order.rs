//! The order of texts, as JavaScript's `localeCompare` has it: ICU, locale en-US.

use std::cmp::Ordering;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

use crate::kit::outcome::{Failure, Result};

/// Compares texts.
pub(super) struct Order(CollatorBorrowed<'static>);

impl Order {
    /// # Errors
    /// Environment; only a build without the collation's data can cause it.
    pub(super) fn new() -> Result<Self> {
        Collator::try_new(locale!("en-US").into(), CollatorOptions::default())
            .map(Self)
            .map_err(|error| {
                Failure::environment("this program was built without the order of texts")
                    .because(error.to_string())
            })
    }

    pub(super) fn compare(&self, left: &str, right: &str) -> Ordering {
        self.0.compare(left, right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Node 24: `[…].sort((a, b) => a.localeCompare(b))`.
    #[test]
    fn texts_are_in_the_order_of_node() {
        let sorted = [
            "", "_", "-", "(", "`", "10", "9", "a", "A", "ä", "a b", "a-b", "ab", "AB", "angel", "b", "ß",
            "z", "α", "я", "漢",
        ];
        let mut texts = sorted;
        texts.reverse();
        let order = Order::new().expect("data");
        texts.sort_by(|a, b| order.compare(a, b));
        assert_eq!(texts, sorted);
    }
}
