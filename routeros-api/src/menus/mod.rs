//! Typed access to the menus.
