//! Which images the registry has, and what the software in them does to its host.

use super::seed::topology::{APPLICATIONS, OTHER_IMAGES};

const MEBIBYTE: f64 = 1_048_576.0;

/// How the software of an image behaves beyond doing its work.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Behaviour {
    /// Part of the requests that it answers with a 500 through a mistake of its own.
    pub error_ratio: f64,
    /// Memory that it never gives back.
    pub leak_bytes_per_second: f64,
}

/// The behaviour of an image, or nothing when the registry has none of that name.
pub fn look_up(image: &str) -> Option<Behaviour> {
    if OTHER_IMAGES.contains(&image) {
        return Some(Behaviour::default());
    }
    let (repository, tag) = image.rsplit_once(':')?;
    let application = APPLICATIONS.iter().find(|application| application.repository == repository)?;
    let tag = tag.trim_start_matches('v');
    application.tags.contains(&tag).then(|| match (application.name, tag) {
        // The new ranking model keeps every request's feature vectors.
        ("recommendation", "3.2.0") => Behaviour { leak_bytes_per_second: 14.0 * MEBIBYTE, ..Behaviour::default() },
        // The new card type is looked up without a check that there is one.
        ("payments", "2.8.0") => Behaviour { error_ratio: 0.3, ..Behaviour::default() },
        _ => Behaviour::default(),
    })
}
