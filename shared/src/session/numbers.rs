//! Number matching: the captive page shows a number, and its owner picks it in Telegram among three. Whoever cannot
//! see the page, because the tunnel is somebody else's, can only guess.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How many numbers there are to choose from.
pub const CHOICES: usize = 3;

/// The smallest number: all have two digits.
const LEAST: u8 = 10;

/// So many numbers there are.
const COUNT: u8 = 90;

/// Three different numbers of two digits, of which one is right.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Numbers {
    offered: [u8; CHOICES],
    right: u8,
}

impl Numbers {
    /// Numbers made of random bytes, which the caller brings.
    pub fn of(random: [u8; 4]) -> Self {
        let [first, second, third, right] = random;
        let first = first % COUNT;
        // Steps to the numbers above, past the ends and past those that are taken.
        let second = (u16::from(first) + 1 + u16::from(second % (COUNT - 1))) % u16::from(COUNT);
        let second = u8::try_from(second).unwrap_or(0);
        let (low, high) = (first.min(second), first.max(second));
        let mut third = third % (COUNT - 2);
        third += u8::from(third >= low);
        third += u8::from(third >= high);
        Self { offered: [first, second, third].map(|number| number + LEAST), right: right % 3 }
    }

    /// The numbers to choose from, in their order on the buttons.
    pub fn offered(&self) -> [u8; CHOICES] {
        self.offered
    }

    /// The one that the captive page shows.
    pub fn right(&self) -> u8 {
        self.offered.get(usize::from(self.right)).copied().unwrap_or(LEAST)
    }

    /// Is the number in this place the right one?
    pub fn is_right(&self, place: u8) -> bool {
        place == self.right
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = self.offered;
        write!(f, "{first},{second},{third}/{}", self.right)
    }
}

/// The text is none of [`Numbers`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("these are no three numbers with the place of the right one")]
pub struct NoNumbers;

impl FromStr for Numbers {
    type Err = NoNumbers;

    fn from_str(text: &str) -> Result<Self, NoNumbers> {
        let (offered, right) = text.split_once('/').ok_or(NoNumbers)?;
        let offered: Vec<u8> =
            offered.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| NoNumbers)?;
        let offered: [u8; CHOICES] = offered.try_into().map_err(|_| NoNumbers)?;
        let right: u8 = right.parse().map_err(|_| NoNumbers)?;
        if usize::from(right) < CHOICES { Ok(Self { offered, right }) } else { Err(NoNumbers) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn three_different_numbers_of_two_digits_one_of_them_right(random: [u8; 4]) {
            let numbers = Numbers::of(random);
            let [first, second, third] = numbers.offered();
            prop_assert!(first != second && second != third && first != third, "{numbers}");
            prop_assert!(numbers.offered().iter().all(|number| (10..100).contains(number)), "{numbers}");
            prop_assert_eq!((0..3).filter(|place| numbers.is_right(*place)).count(), 1);
            prop_assert!(numbers.offered().contains(&numbers.right()));
            prop_assert_eq!(numbers.to_string().parse::<Numbers>(), Ok(numbers));
        }
    }

    #[test]
    fn each_place_is_right_equally_often_and_each_number_occurs() {
        let mut places = [0; 3];
        let mut seen = std::collections::BTreeSet::new();
        for random in 0..=255_u8 {
            let numbers = Numbers::of([random, random.wrapping_mul(7), random.wrapping_mul(13), random]);
            places[(0..3).position(|place| numbers.is_right(place)).unwrap()] += 1;
            seen.extend(numbers.offered());
        }
        assert!(places.iter().all(|count| (85..=86).contains(count)), "{places:?}");
        assert_eq!(seen.len(), 90);
    }

    #[test]
    fn what_is_no_set_of_numbers_is_not_read() {
        for text in ["", "1,2/0", "1,2,3", "1,2,3/3", "1,2,3,4/0", "a,b,c/0"] {
            assert_eq!(text.parse::<Numbers>(), Err(NoNumbers), "{text}");
        }
    }
}
