//! Both logins: name and password (RouterOS 6.43 and later), and the MD5 challenge before that.

use bytes::Bytes;
use md5::{Digest, Md5};

use super::{Connection, Credentials, LoginMethod};
use crate::{
    command::Command,
    error::{Error, LoginError},
};

const PATH: &str = "/login";

impl Connection {
    /// Logs in. To be called once, first.
    ///
    /// # Errors
    /// [`Error::Login`] if the router refuses, else as [`Self::call`].
    pub async fn login(&self, credentials: &Credentials) -> Result<(), Error> {
        let first = match credentials.method {
            LoginMethod::Challenge => Command::new(PATH),
            LoginMethod::Password | LoginMethod::PasswordOrChallenge => {
                Command::new(PATH).attr("name", &credentials.user).attr("password", &credentials.password)
            }
        };
        // An old router answers the new form with `!done` as well, but with a challenge: that is no success.
        match (self.login_step(first).await?, credentials.method) {
            (None, LoginMethod::Password | LoginMethod::PasswordOrChallenge) => Ok(()),
            (None, LoginMethod::Challenge) => Err(LoginError::BadChallenge.into()),
            (Some(_), LoginMethod::Password) => Err(LoginError::ChallengeNotAllowed.into()),
            (Some(challenge), _) => {
                let response = response(&credentials.password, &challenge).ok_or(LoginError::BadChallenge)?;
                let second = Command::new(PATH).attr("name", &credentials.user).attr("response", response);
                match self.login_step(second).await? {
                    None => Ok(()),
                    Some(_) => Err(LoginError::BadChallenge.into()),
                }
            }
        }
    }

    async fn login_step(&self, command: Command) -> Result<Option<Bytes>, Error> {
        match self.call(command).await {
            Ok(response) => Ok(response.ret),
            Err(Error::Trap(trap)) if trap.is_not_permitted() => Err(LoginError::NotAllowed(trap).into()),
            Err(Error::Trap(trap)) => Err(LoginError::Refused(trap).into()),
            Err(error) => Err(error),
        }
    }
}

/// `00` and the hexadecimal MD5 of a zero byte, the password and the challenge; `None` if that is no challenge.
fn response(password: &[u8], challenge: &[u8]) -> Option<String> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(challenge, &mut bytes).ok()?;
    let digest = Md5::new().chain_update([0]).chain_update(password).chain_update(bytes).finalize();
    Some(format!("00{}", hex::encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn the_response_is_the_known_one() {
        let expected = Some("00d0a8f0f594fc4d13cf44a9fd3ea65963".to_owned());
        assert_eq!(response(b"password", b"00112233445566778899aabbccddeeff"), expected);
        assert_eq!(response(b"password", b"00112233445566778899AABBCCDDEEFF"), expected);
    }

    #[test]
    fn other_challenges_are_refused() {
        for challenge in
            [&b""[..], b"00", b"00112233445566778899aabbccddeefg", b"00112233445566778899aabbccddeeff00"]
        {
            assert_eq!(response(b"password", challenge), None);
        }
    }
}
