#!/usr/bin/env bash
# Makes the fonts of this folder from those of their makers: `subset.sh FOLDER`, where FOLDER holds the files named below
# (README.md says where they come from). Needs fonttools (`pip install fonttools`).
set -euo pipefail
from=$1
here=$(cd "$(dirname "$0")" && pwd)

# Latin, Greek, Cyrillic, and the signs that belong to running text.
letters=U+0020-036F,U+0370-052F,U+1D00-1DBF,U+1E00-1FFF,U+2000-206F,U+2070-209F,U+20A0-20BF,U+2100-218F,U+2190-21FF
letters+=,U+2200-22FF,U+2300-23FF,U+2500-25FF,U+2600-27BF,U+FB00-FB06,U+FFFD
signs=U+2190-23FF,U+2460-27FF,U+2900-2AFF,U+2B00-2BFF,U+1D400-1D7FF
emoji=U+203C,U+2049,U+2122,U+2139,U+231A-23FA,U+25AA-25FE,U+2600-27BF,U+2934-2B55,U+3030,U+303D,U+3297,U+3299,U+1F004-1FAFF

# cut NAME SOURCE CHARACTERS: one face without hints and without tables that no reader of a PDF needs.
cut() {
  pyftsubset "$from/$2" --output-file="$here/$1.ttf" --unicodes="$3" --layout-features=kern --no-hinting --desubroutinize \
    --name-IDs=0,1,2,3,4,5,6,13,14 --drop-tables+=FFTM,GSUB,GDEF,DSIG,STAT,meta --notdef-outline
  gzip --best --no-name --force "$here/$1.ttf"
}

cut inter-regular Inter_400Regular.ttf "$letters"
cut inter-bold Inter_600SemiBold.ttf "$letters"
cut inter-italic Inter_400Regular_Italic.ttf "$letters"
cut inter-bold-italic Inter_600SemiBold_Italic.ttf "$letters"
cut jetbrains-mono JetBrainsMono_400Regular.ttf "$letters"
cut dejavu-signs DejaVuSans.ttf "$signs"
cut noto-emoji NotoEmoji_400Regular.ttf "$emoji"
