//! Icons of the sprite in `index.html`: no request, no font.

use leptos::prelude::*;

/// An icon of 16 by 16. It says nothing to a screen reader: the words stand beside it.
#[must_use]
pub fn icon(name: &'static str) -> AnyView {
    sized(name, 16, 16)
}

/// A smaller one, inside chips and table heads.
#[must_use]
pub fn small_icon(name: &'static str) -> AnyView {
    sized(name, 12, 12)
}

/// A larger one, for the bottom bar of a phone.
#[must_use]
pub fn large_icon(name: &'static str) -> AnyView {
    sized(name, 20, 20)
}

/// The glyph of a session: a dot and two doors, 20 by 16.
#[must_use]
pub fn doors(name: &'static str) -> AnyView {
    sized(name, 20, 16)
}

/// The largest one, in empty states.
#[must_use]
pub fn big_icon(name: &'static str) -> AnyView {
    sized(name, 24, 24)
}

fn sized(name: &'static str, width: u32, height: u32) -> AnyView {
    view! {
        <svg class="mark" width=width height=height aria-hidden="true">
            <use_ href=format!("#i-{name}")></use_>
        </svg>
    }
    .into_any()
}

/// The product's mark.
#[must_use]
pub fn logo() -> AnyView {
    view! {
        <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" fill="none">
            <use_ href="#i-logo"></use_>
        </svg>
    }
    .into_any()
}
