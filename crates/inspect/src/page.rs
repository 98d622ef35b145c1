//! Pages as pixels. What comes out is a picture that was drawn here: no byte of the file is in it.

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

mod draw;

pub(crate) use draw::{count, draw};

/// The longest side of a picture.
pub const SIDE_PIXELS_MAX: u32 = 1_800;
/// More pages are not shown one by one.
pub const PAGES_MAX: u32 = 500;

/// A page, drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    /// Red, green and blue of each pixel, row by row from the top.
    rgb: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// An answer that is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was drawn is no picture")]
pub struct NoPicture;

/// Width and height, before the pixels.
const HEADER_BYTES: usize = 8;

impl Picture {
    /// `None` where the pixels are not as many as the size says, or too many.
    pub fn new(size: Size, rgb: Vec<u8>) -> Option<Self> {
        let Size { width, height } = size;
        let fits = |side: u32| (1..=SIDE_PIXELS_MAX).contains(&side);
        let is_whole = fits(width) && fits(height) && rgb.len() as u64 == size.bytes();
        is_whole.then_some(Self { size, rgb })
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// As it goes from the process that drew it to who asked.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Size { width, height } = self.size;
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &self.rgb].concat()
    }

    /// Reads what the process answered. **Whatever took that process over, this is numbers**: they
    /// are as many as they say, and become a picture here.
    pub fn read(answer: &[u8]) -> Result<Self, NoPicture> {
        let (header, rgb) = answer.split_at_checked(HEADER_BYTES).ok_or(NoPicture)?;
        let (sides, _) = header.as_chunks::<4>();
        let [width, height] = *sides else { return Err(NoPicture) };
        let size = Size { width: u32::from_be_bytes(width), height: u32::from_be_bytes(height) };
        Self::new(size, rgb.to_vec()).ok_or(NoPicture)
    }

    /// The longest answer.
    pub const BYTES_MAX: u64 =
        HEADER_BYTES as u64 + 3 * SIDE_PIXELS_MAX as u64 * SIDE_PIXELS_MAX as u64;

    /// As a browser shows it (PNG, third edition).
    pub fn to_png(&self) -> Result<Vec<u8>, NoPicture> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().map_err(|_| NoPicture)?;
        writer.write_image_data(&self.rgb).map_err(|_| NoPicture)?;
        writer.finish().map_err(|_| NoPicture)?;
        Ok(out)
    }
}

impl Size {
    fn bytes(self) -> u64 {
        3 * u64::from(self.width) * u64::from(self.height)
    }
}

impl Kind {
    /// How it is shown to who must not open it.
    pub fn shown_as(self) -> ShownAs {
        match self {
            Self::Pdf | Self::Png | Self::Jpeg | Self::Gif | Self::Webp => ShownAs::Pictures,
            Self::Text | Self::Mail => ShownAs::Text,
            Self::Empty
            | Self::Tiff
            | Self::OtherImage
            | Self::Html
            | Self::Xml
            | Self::Rtf
            | Self::Docx
            | Self::Xlsx
            | Self::Pptx
            | Self::OpenDocument
            | Self::Epub
            | Self::OldOffice
            | Self::OutlookMail
            | Self::Zip
            | Self::OtherArchive
            | Self::Media
            | Self::Program
            | Self::Unknown => ShownAs::Nothing,
        }
    }
}

/// What can be shown of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAs {
    /// Drawn here: PDF, and images that come in letters.
    Pictures,
    /// As it is typed: not a web page, which says to a browser what to do.
    Text,
    Nothing,
}
