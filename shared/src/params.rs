//! Request parameters: RFC 6749 sections 3.1 and 3.2, RFC 8707 section 2.
//!
//! Three rules that no endpoint should have to repeat:
//! 1. a parameter without a value is treated as if it were not there;
//! 2. a parameter that comes twice makes the request invalid;
//! 3. except `resource`, which may repeat ([`Params::many`]).
//!
//! Easy to get wrong: taking the first (or the last) of two values lets two programs in a row
//! disagree on what was asked.

/// The parameters of a query string or of an `application/x-www-form-urlencoded` body.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// What is wrong with a parameter; the text is fit for an `error_description`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The parameter is needed and was not sent, or sent without a value.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The parameter was sent more than once.
    #[error("the parameter {0} was sent more than once")]
    Repeated(&'static str),
}

impl Params {
    /// Keeps the parameters that have a value.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Reads a query string or a form body, percent-decoded.
    pub fn decode(text: &[u8]) -> Self {
        Self::new(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a parameter that must be there once.
    pub fn one(&self, name: &'static str) -> Result<&str, ParamError> {
        self.optional(name)?.ok_or(ParamError::Missing(name))
    }

    /// The value of a parameter that may be there once.
    pub fn optional(&self, name: &'static str) -> Result<Option<&str>, ParamError> {
        let mut values = self.many(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(ParamError::Repeated(name));
        }
        Ok(first)
    }

    /// All values of a parameter that may repeat.
    pub fn many<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_is_not_there() {
        let params = Params::decode(b"code=&state=xyz");
        assert_eq!(params.one("code"), Err(ParamError::Missing("code")));
        assert_eq!(params.optional("state"), Ok(Some("xyz")));
    }

    #[test]
    fn a_repeated_parameter_is_refused_even_with_equal_values() {
        let params = Params::decode(b"code=a&code=a");
        assert_eq!(params.optional("code"), Err(ParamError::Repeated("code")));
        assert_eq!(params.one("code"), Err(ParamError::Repeated("code")));
    }

    #[test]
    fn an_empty_twin_does_not_count() {
        assert_eq!(Params::decode(b"code=&code=a").one("code"), Ok("a"));
    }

    #[test]
    fn resource_may_repeat() {
        let params = Params::decode(b"resource=https%3A%2F%2Fa%2F&resource=https%3A%2F%2Fb%2F");
        assert_eq!(
            params.many("resource").collect::<Vec<_>>(),
            ["https://a/", "https://b/"]
        );
    }
}
