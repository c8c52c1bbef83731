//! A picture as a PNG file (W3C, Portable Network Graphics Specification): true colour, eight bits, rows unfiltered.

use crate::canvas::Canvas;
use crate::chart::ChartError;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write as _;

/// The first bytes of every PNG.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// Packs a picture.
///
/// # Errors
/// [`ChartError::Packing`].
pub(crate) fn pack(canvas: &Canvas) -> Result<Vec<u8>, ChartError> {
    let failed = |error: &dyn std::fmt::Display| ChartError::Packing(error.to_string());
    let width = u32::try_from(canvas.width).map_err(|error| failed(&error))?;
    let height = u32::try_from(canvas.height).map_err(|error| failed(&error))?;
    let row_bytes = usize::try_from(width).map_err(|error| failed(&error))?.saturating_mul(3).max(1);

    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in canvas.pixels.chunks(row_bytes) {
        rows.write_all(&[0]).and_then(|()| rows.write_all(row)).map_err(|error| failed(&error))?;
    }
    let rows = rows.finish().map_err(|error| failed(&error))?;

    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // Eight bits, true colour, deflate, the standard filters, not interlaced.
    header.extend([8, 2, 0, 0, 0]);

    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header).map_err(|error| failed(&error))?;
    chunk(&mut file, *b"IDAT", &rows).map_err(|error| failed(&error))?;
    chunk(&mut file, *b"IEND", &[]).map_err(|error| failed(&error))?;
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Result<(), std::num::TryFromIntError> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    file.extend(u32::try_from(data.len())?.to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
    Ok(())
}
