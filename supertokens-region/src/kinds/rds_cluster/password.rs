//! A master password from a file: read when the cluster is made, and kept nowhere.

use super::RdsCluster;
use super::parts::Password;
use crate::error::Error;
use crate::secret::Secret;

/// What stands for standard input.
const STDIN: &str = "-";

/// 8-41 printable ASCII characters but `/`, `"`, `@` and blanks. Says what is wrong, never what it is.
fn problem(text: &str) -> Option<String> {
    let taken = |c: char| c.is_ascii_graphic() && !"/\"@".contains(c);
    if !(8..=41).contains(&text.chars().count()) {
        Some(format!("it has {} characters", text.chars().count()))
    } else if !text.chars().all(taken) {
        Some("it has characters that RDS doesn't take".to_owned())
    } else {
        None
    }
}

/// The first line of a file, or of standard input.
async fn first_line(path: &str) -> std::io::Result<String> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        if path == STDIN {
            std::io::stdin().read_line(&mut line)?;
        } else {
            std::fs::read_to_string(path)?.lines().next().unwrap_or_default().clone_into(&mut line);
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    });
    read.await.map_err(std::io::Error::other)?
}

impl RdsCluster {
    /// The password, where it comes from a file; `None` where Secrets Manager makes it.
    pub(super) async fn password(&self) -> Result<Option<Secret>, Error> {
        let Password::File(path) = &self.master_password else { return Ok(None) };
        let conflict = |why: String| Error::Conflict {
            message: format!("no master password in the first line of `{path}`: {why}"),
            hint: "8-41 printable ASCII characters but /, \", @ and blanks".to_owned(),
        };
        let text = first_line(path).await.map_err(|error| conflict(error.to_string()))?;
        match problem(&text) {
            Some(why) => Err(conflict(why)),
            None => Ok(Some(Secret::new(text))),
        }
    }

    /// What is wrong with the password's file. Standard input is not read ahead.
    pub(super) async fn password_problem(&self) -> Option<Error> {
        match &self.master_password {
            Password::File(path) if path != STDIN => self.password().await.err(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rds_does_not_take_is_told_without_the_text() {
        assert_eq!(problem("correct-horse-battery"), None);
        assert_eq!(problem("short").as_deref(), Some("it has 5 characters"));
        for bad in ["with a blank", "with/slash", "with@sign", "with\"quote", "grün-gelb"] {
            assert_eq!(problem(bad).as_deref(), Some("it has characters that RDS doesn't take"), "{bad}");
        }
    }
}
