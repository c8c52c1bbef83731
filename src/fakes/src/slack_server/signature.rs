//! Slack's signature of requests, version `v0` (page "Verifying requests from Slack").

use ring::hmac;

/// The value of `X-Slack-Signature`: HMAC-SHA256 over `v0:TIMESTAMP:BODY`, in hexadecimal digits.
pub fn signature(secret: &str, timestamp_seconds: u64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut signing = hmac::Context::with_key(&key);
    signing.update(format!("v0:{timestamp_seconds}:").as_bytes());
    signing.update(body);
    let digits: String = signing.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_has_its_signature() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                    96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body.as_bytes()), expected);
    }
}
