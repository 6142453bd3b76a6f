//! Names of people and places, none of them anybody's.

pub const FIRST: [&str; 24] = [
    "Ada", "Alan", "Barbara", "Bruno", "Carla", "Chen", "Dennis", "Edith", "Farid", "Greta", "Hedy", "Ivan", "Jean",
    "Katya", "Linus", "Maria", "Niklas", "Olga", "Pablo", "Radia", "Sophie", "Tim", "Ursula", "Wei",
];

pub const LAST: [&str; 24] = [
    "Adler", "Becker", "Carter", "Dijkstra", "Evans", "Fischer", "Garcia", "Hopper", "Ivanova", "Jansen", "Keller",
    "Lovelace", "Moreau", "Novak", "Okafor", "Perlman", "Quist", "Rossi", "Silva", "Tanaka", "Ullman", "Vogel",
    "Weber", "Young",
];

pub const COMPANIES: [&str; 8] =
    ["GmbH", "Ltd", "Media", "Software", "Logistics", "Design Studio", "Consulting", "Labs"];

pub const STREETS: [&str; 6] =
    ["1 Station Road", "Hauptstrasse 12", "Rue de la Gare 5", "42 High Street", "Via Roma 7", "Keizersgracht 100"];

/// City, state, country, dialling code, percent of tax.
pub const CITIES: [(&str, &str, &str, u32, i64); 10] = [
    ("Berlin", "Berlin", "DE", 49, 19),
    ("Hamburg", "Hamburg", "DE", 49, 19),
    ("Paris", "", "FR", 33, 20),
    ("Amsterdam", "Noord-Holland", "NL", 31, 21),
    ("Manchester", "Lancashire", "GB", 44, 20),
    ("New York", "NY", "US", 1, 0),
    ("Austin", "Texas", "US", 1, 0),
    ("Toronto", "Ontario", "CA", 1, 0),
    ("Madrid", "Madrid", "ES", 34, 21),
    ("Sydney", "New South Wales", "AU", 61, 0),
];
