//! Passwords that nobody guesses: drawn by lot in the browser, so that nobody else has seen them.

/// What a password is made of: letters, digits and no signs that look alike or that clients treat specially.
const LETTERS: &[u8; 55] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz234567";

/// With 55 letters twenty are 115 bits.
const LENGTH: usize = 20;

/// A new password; none if the browser has no lots to draw.
pub(super) fn generate() -> Option<String> {
    let crypto = leptos::prelude::window().crypto().ok()?;
    let mut lots = [0_u8; 4 * LENGTH];
    crypto.get_random_values_with_u8_array(&mut lots).ok()?;
    of_lots(&lots)
}

/// The password that these lots make; none if too few of them count. A byte that would favour some letters does not.
fn of_lots(lots: &[u8]) -> Option<String> {
    let fair = u8::MAX - u8::MAX % 55;
    let drawn = lots.iter().filter(|lot| **lot < fair).map(|lot| usize::from(*lot) % LETTERS.len());
    let password: String =
        drawn.filter_map(|place| LETTERS.get(place)).map(|letter| char::from(*letter)).take(LENGTH).collect();
    (password.len() == LENGTH).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, LETTERS, of_lots};
    use std::collections::BTreeMap;

    #[test]
    fn every_letter_is_as_likely_as_any_other() {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for lot in 0..=u8::MAX {
            if let Some(password) = of_lots(&[lot; LENGTH]) {
                *counts.entry(password.chars().next().expect("a letter")).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), LETTERS.len());
        assert!(counts.values().all(|count| *count == 4), "{counts:?}");
    }

    #[test]
    fn letters_that_look_alike_are_left_out() {
        assert!(!LETTERS.iter().any(|letter| b"0O1lI".contains(letter)));
    }

    #[test]
    fn too_few_lots_make_no_password() {
        assert_eq!(of_lots(&[1; LENGTH - 1]), None);
        assert_eq!(of_lots(&[u8::MAX; 4 * LENGTH]), None);
        assert_eq!(of_lots(&[0; 4 * LENGTH]).map(|password| password.len()), Some(LENGTH));
    }
}
