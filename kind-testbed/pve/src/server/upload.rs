//! `multipart/form-data`, in which files are uploaded: the fields, and of the file its name and length.

use crate::request::Params;

/// A larger file is refused.
pub(super) const MAX_UPLOAD: usize = 64 << 20;

/// The boundary of a multipart body, when the content type names one.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// The parameters of a multipart body.
pub(super) fn params(body: &[u8], boundary: &str) -> Params {
    let mut params = Params::new();
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = find(body, &delimiter).map_or(&body[body.len()..], |at| &body[at + delimiter.len()..]);
    while let Some(end) = find(rest, &delimiter) {
        if let Some((name, file, content)) = part(&rest[..end]) {
            match file {
                None => params.entry(name).or_default().push(String::from_utf8_lossy(content).into_owned()),
                Some(file) => {
                    params.insert("filename".to_owned(), vec![file]);
                    let temporary = format!("/var/tmp/pveupload-{:032x}", content.len());
                    params.insert("tmpfilename".to_owned(), vec![temporary]);
                }
            }
        }
        rest = &rest[end + delimiter.len()..];
    }
    params
}

/// Name, file name and content of one part.
fn part(bytes: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let content = bytes[end + 4..].strip_suffix(b"\r\n").unwrap_or(&bytes[end + 4..]);
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let option = |key: &str| {
        let parts = line.split(';').map(str::trim);
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let text = |value: &str| value.trim_matches('"').to_owned();
    Some((text(option("name")?), option("filename").map(text), content))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_and_length() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\niso\r\n\
            --x\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"a.iso\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n12345\r\n--x--\r\n";
        let params = params(body, boundary("multipart/form-data; boundary=x").unwrap());
        assert_eq!(params["content"], ["iso"]);
        assert_eq!(params["filename"], ["a.iso"]);
        assert_eq!(params["tmpfilename"], ["/var/tmp/pveupload-00000000000000000000000000000005"]);
    }
}
