//! Writes the CRD manifests into a folder: `crdgen crds/manifests`.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: crdgen FOLDER")?;
    fs::create_dir_all(&folder)?;
    for (name, yaml) in slipway_crds::manifests::files()? {
        fs::write(Path::new(&folder).join(name), yaml)?;
    }
    Ok(())
}
