//! Settings that are a TOML table: every mistake of a file is told at once, with the table that it is in.
//!
//! Members are taken out one by one; what is left at the end is a mistake, too. Easy to get wrong: a
//! member that is misspelled and passed over would leave a check out.

use serde::de::DeserializeOwned;
use toml::Table;

/// A table whose members are taken out one by one.
#[derive(Debug)]
pub struct Knobs {
    /// Where it is, as it begins each mistake: `issuer https://id.example.com: `.
    pub of: String,
    /// What is wrong so far, a line each.
    pub mistakes: Vec<String>,
    table: Table,
}

impl Knobs {
    /// The table that stands at `of`.
    pub fn new(of: impl Into<String>, table: Table) -> Self {
        Self {
            of: of.into(),
            mistakes: Vec::new(),
            table,
        }
    }

    /// A whole file. The error says where it is no TOML.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        Ok(Self::new("", table))
    }

    /// Notes that the member `name` is wrong.
    pub fn wrong(&mut self, name: &str, why: &str) {
        self.mistakes.push(format!("{}{name}: {}", self.of, why.trim_end()));
    }

    /// A member of a type, when it is there; one of another type is a mistake.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.table.remove(name)?;
        match value.try_into() {
            Ok(read) => Some(read),
            Err(error) => {
                self.wrong(name, &error.to_string());
                None
            }
        }
    }

    /// A member with a meaning.
    pub fn take_as<T: DeserializeOwned, U>(
        &mut self,
        name: &str,
        parse: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        match parse(self.take(name)?) {
            Ok(read) => Some(read),
            Err(why) => {
                self.wrong(name, &why);
                None
            }
        }
    }

    /// The same of a member that must be there.
    pub fn must<T: DeserializeOwned, U>(
        &mut self,
        name: &str,
        parse: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        if !self.table.contains_key(name) {
            self.wrong(name, "is missing");
        }
        self.take_as(name, parse)
    }

    /// Every mistake; what nobody took is one.
    pub fn finish(mut self) -> Vec<String> {
        for name in std::mem::take(&mut self.table).keys() {
            self.wrong(name, "there is no such knob");
        }
        self.mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let table = "a = 1\nb = \"x\"\nd = true".parse().unwrap();
        let mut knobs = Knobs::new("thing x: ", table);
        assert_eq!(knobs.take::<i64>("a"), Some(1));
        assert_eq!(knobs.take::<i64>("b"), None);
        assert_eq!(knobs.must("c", |text: String| Ok(text)), None);
        let told = knobs.finish();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("thing x: b: invalid type"), "{told:?}");
        assert_eq!(
            told[1..],
            ["thing x: c: is missing", "thing x: d: there is no such knob"]
        );
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        assert!(Knobs::parse("a = 1\nb = ").unwrap_err().contains("line 2"));
    }
}
