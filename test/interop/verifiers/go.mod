module lic

go 1.19

require filippo.io/edwards25519 v1.0.0

replace filippo.io/edwards25519 => /usr/share/gocode/src/filippo.io/edwards25519
