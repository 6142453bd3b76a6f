//! Enums that travel as words: the same spelling in JSON, in Postgres and in `OpenAPI`.

/// Defines an enum with its words; reading an unknown word is an error that names it.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema, sqlx::Type)]
        #[sqlx(type_name = "text")]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] #[sqlx(rename = $word)] $variant),+
        }

        impl $name {
            /// The word that stands for this value everywhere outside the program.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text_enum::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::text_enum::UnknownWord { kind: stringify!($name), word: word.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use text_enum;

/// A word that none of an enum's values is spelled as.
#[derive(Debug, thiserror::Error)]
#[error("{word:?} is no {kind}")]
pub struct UnknownWord {
    pub kind: &'static str,
    pub word: String,
}
