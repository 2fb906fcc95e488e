//! Setting a simulated router up over real sockets: plan, apply, verify, undo, whatever breaks in between.

#[path = "setup/broken.rs"]
mod broken;
#[path = "setup/cast.rs"]
mod cast;
#[path = "setup/cli.rs"]
mod cli;
#[path = "setup/edited.rs"]
mod edited;
#[path = "setup/held.rs"]
mod held;
#[path = "setup/telegram.rs"]
mod telegram;
#[path = "setup/unkind.rs"]
mod unkind;
#[path = "setup/whole.rs"]
mod whole;
