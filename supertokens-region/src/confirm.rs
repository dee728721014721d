//! Follows the link with which AWS asks an address to confirm a subscription.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::email::Email;
use crate::error::{Error, Refusal};

/// A subscription that was confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The topic's ARN.
    pub topic: String,
    /// The address, shown in part; empty where the link doesn't tell it.
    pub endpoint: String,
    /// The subscription's ARN.
    pub subscription: String,
}

/// Confirms the subscription that this link of AWS's mail is for, in the region that the link names. Confirmed so, only
/// this account can end it: in a browser, the same link makes one that anybody who gets a mail of the topic can end.
/// The link's token is a secret, and in no answer or error. Confirming twice is no error.
///
/// # Errors
/// [`Error::Conflict`] when it is no such link, is for another account, or is no longer good; or why AWS could not be asked.
pub async fn confirm_subscription(aws: &Aws, link: &str) -> Result<Confirmed, Error> {
    let link = Link::parse(link).map_err(|why| conflict(why, QUOTES))?;
    let identity = aws.identity().await?;
    if link.account() != identity.account {
        let (theirs, ours) = (link.account(), &identity.account);
        let why =
            format!("the link is for account {theirs}, and the credentials are those of account {ours}");
        return Err(conflict(why, "choose the profile of that account (AWS_PROFILE)"));
    }
    let sns = aws.sns(&link.region);
    let confirm = sns.confirm_subscription().topic_arn(&link.topic).token(&link.token);
    match confirm.authenticate_on_unsubscribe("true").send().await.map_err(Error::from) {
        Ok(answer) => Ok(Confirmed {
            topic: link.topic,
            endpoint: if link.endpoint.is_empty() {
                String::new()
            } else {
                Email::new(&link.endpoint).to_string()
            },
            subscription: answer.subscription_arn.unwrap_or_default(),
        }),
        Err(Error::Refused(refusal)) if ["InvalidParameter", "NotFound"].contains(&refusal.code.as_str()) => {
            Err(conflict("AWS doesn't accept the link (any more)", EXPIRED))
        }
        Err(error) => Err(without(error, &link.token)),
    }
}

/// What is wrong with most links.
const QUOTES: &str = "paste the whole link of AWS's mail, in single quotes: a shell cuts it at its first `&`";
/// Why AWS refuses a link that looks right.
const EXPIRED: &str = "a link is good for 48 hours: `apply` asks the addresses that didn't confirm anew, then take the link of the newest mail";

fn conflict(message: impl Into<String>, hint: &str) -> Error {
    Error::Conflict { message: message.into(), hint: hint.to_owned() }
}

/// The same error, should AWS tell the token back in it.
fn without(error: Error, token: &str) -> Error {
    let hide = |refusal: Box<Refusal>| {
        Box::new(Refusal { message: refusal.message.replace(token, "…"), ..*refusal })
    };
    match error {
        Error::Refused(refusal) => Error::Refused(hide(refusal)),
        Error::Forbidden(refusal) => Error::Forbidden(hide(refusal)),
        Error::Credentials(refusal) => Error::Credentials(hide(refusal)),
        Error::Unreachable(refusal) => Error::Unreachable(hide(refusal)),
        other => other,
    }
}

/// What is in a link. Its token doesn't show.
struct Link {
    region: String,
    topic: String,
    token: String,
    endpoint: String,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link to {}", self.topic)
    }
}

impl Link {
    /// Reads `https://sns.<region>.amazonaws.com/confirmation.html?TopicArn=...&Token=...&Endpoint=...`. Tells what is wrong
    /// without telling what was given.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let not_sns = "it is not a link of AWS's confirmation mails";
        let (place, query) = text.trim().split_once('?').ok_or(not_sns)?;
        let host =
            place.strip_prefix("https://sns.").and_then(|rest| rest.strip_suffix("/confirmation.html"));
        let host = host.ok_or(not_sns)?;
        let region = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"));
        let region = region.ok_or(not_sns)?;
        let field = |name: &str| {
            let mut fields = query.split('&').filter_map(|field| field.split_once('='));
            let value = fields.find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default();
            percent_decode_str(value).decode_utf8().unwrap_or_default().into_owned()
        };
        let (topic, token) = (field("TopicArn"), field("Token"));
        if topic.is_empty() || token.is_empty() {
            return Err("the link is not whole: its topic or its token is missing");
        }
        match topic.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "sns", there, account, name] if !account.is_empty() && !name.is_empty() => {
                if there != region {
                    return Err("the link is for a topic of another region than the one it leads to");
                }
            }
            _ => return Err("the link names no topic"),
        }
        Ok(Self { region: region.to_owned(), topic, token, endpoint: field("Endpoint") })
    }

    /// The account that the topic belongs to.
    fn account(&self) -> &str {
        self.topic.split(':').nth(4).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:ap-south-1:123456789012:alarms";

    #[test]
    fn a_link_tells_its_region_topic_and_token() {
        let text = format!(
            " https://sns.ap-south-1.amazonaws.com/confirmation.html?TopicArn={}&Token=2336f&Endpoint=a%2Bb@example.com\n",
            TOPIC.replace(':', "%3A")
        );
        let link = Link::parse(&text).unwrap();
        assert_eq!((link.region.as_str(), link.topic.as_str()), ("ap-south-1", TOPIC));
        assert_eq!((link.token.as_str(), link.endpoint.as_str()), ("2336f", "a+b@example.com"));
        assert_eq!(link.account(), "123456789012");
        assert!(!format!("{link:?}").contains("2336f"));
    }

    #[test]
    fn whatever_is_no_such_link_is_refused() {
        for text in [
            "",
            "hello",
            &format!("https://sns.ap-south-1.amazonaws.com/confirmation.html?TopicArn={TOPIC}"),
            &format!("http://sns.ap-south-1.amazonaws.com/confirmation.html?TopicArn={TOPIC}&Token=1"),
            &format!(
                "https://sns.ap-south-1.amazonaws.com.example.com/confirmation.html?TopicArn={TOPIC}&Token=1"
            ),
            &format!("https://sns.ap-south-1.example.com/confirmation.html?TopicArn={TOPIC}&Token=1"),
            &format!("https://sns.ap-south-1.amazonaws.com/unsubscribe.html?TopicArn={TOPIC}&Token=1"),
            &format!("https://sns.us-east-1.amazonaws.com/confirmation.html?TopicArn={TOPIC}&Token=1"),
            "https://sns.ap-south-1.amazonaws.com/confirmation.html?TopicArn=alarms&Token=1",
        ] {
            assert!(Link::parse(text).is_err(), "{text}");
        }
    }
}
