//! `/login`, in the way of 6.43 and later and in the older way with a challenge.

use md5::{Digest, Md5};

use super::{Answer, Command};
use crate::routeros::{codec::Reply, trap::Trap, world::World};

impl World {
    pub(super) fn login(&mut self, session: u64, command: &Command) -> Answer {
        let tag = command.tag.as_deref();
        let name = command.text("name").unwrap_or_default().to_owned();
        let plain = self.version.plain_login() && command.attribute("name").is_some();
        let known = if let Some(response) = command.attribute("response") {
            self.check_response(session, &name, response)
        } else if plain || !self.version.challenge_login() {
            // Without a name this is the old form, which later versions refuse like a wrong password (assumption).
            let password = command.attribute("password").cloned().unwrap_or_default();
            self.authenticate(session, &name, |expected| expected == &password[..])
        } else {
            return self.challenge(session, tag);
        };
        match known {
            Ok(()) => {
                self.logged_in(session, &name);
                Answer::done(Reply::default(), tag)
            }
            Err(trap) => {
                self.log(
                    "system,error,critical",
                    format!("login failure for user {name} via api").as_bytes(),
                );
                Answer::trapped(&trap, tag)
            }
        }
    }

    /// An old router answers every login that carries no response with a challenge, the new form of it as well. Between
    /// 6.43 and 6.45 both ways work.
    fn challenge(&mut self, session: u64, tag: Option<&[u8]>) -> Answer {
        let mut seed = Md5::new();
        seed.update(session.to_be_bytes());
        seed.update(self.now().to_be_bytes());
        seed.update(self.journal.commands().to_be_bytes());
        let challenge: [u8; 16] = seed.finalize().into();
        if let Some(session) = self.sessions.get_mut(&session) {
            session.challenge = Some(challenge);
        }
        Answer::returned(hex::encode(challenge).as_bytes(), tag)
    }

    fn check_response(&mut self, session: u64, name: &str, response: &[u8]) -> Result<(), Trap> {
        let challenge = self.sessions.get_mut(&session).and_then(|session| session.challenge.take());
        self.authenticate(session, name, |password| {
            self.version.challenge_login()
                && challenge.is_some_and(|challenge| answer_to(&challenge, password).as_bytes() == response)
        })
    }
}

/// `00` and the digest of a zero byte, the password and the challenge.
fn answer_to(challenge: &[u8; 16], password: &[u8]) -> String {
    let mut digest = Md5::new();
    digest.update([0]);
    digest.update(password);
    digest.update(challenge);
    format!("00{}", hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_challenge_gives_the_published_response() {
        let challenge = hex::decode("00112233445566778899aabbccddeeff").unwrap().try_into().unwrap();
        assert_eq!(answer_to(&challenge, b"password"), "00d0a8f0f594fc4d13cf44a9fd3ea65963");
    }
}
