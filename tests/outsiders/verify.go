// Verify checks a log that Plaanet wrote with another project's code: Go's own transparency log packages.
//
// It reads a folder, or a zip file, of tiles (https://c2sp.org/tlog-tiles) and trusts nothing in it but what the keys
// on its command line have signed. It checks the checkpoint's signatures, every entry bundle and every tile to the
// byte, the root, that chosen entries are in the log, kept proofs, and that the log extends an older checkpoint.
//
//	verify [-sub FOLDER] [-index N]... [-proof FILE]... [-old FILE]... LOG LOG-KEY [WITNESS-KEY]...
//
// LOG-KEY and WITNESS-KEY are verifier keys. It prints what it found; what is wrong is one line, and exit code 1.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// A cosigner verifies what a witness signs (https://c2sp.org/tlog-cosignature).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a verifier key", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("%q is not the key of a witness", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if parts[1] != fmt.Sprintf("%08x", hash) {
		return nil, fmt.Errorf("the key id of %q is not that of the key", vkey)
	}
	return &cosigner{parts[0], hash, key[1:]}, nil
}

// Keys are whom we trust: the log, and witnesses of whom each must have cosigned.
type keys struct {
	log       note.Verifier
	witnesses []note.Verifier
}

// Open returns the checkpoint that a signed note tells of.
func (k *keys) open(data []byte) (tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open(data, note.VerifierList(append([]note.Verifier{k.log}, k.witnesses...)...))
	if err != nil {
		return tree, err
	}
	signed := make(map[string]bool)
	for _, sig := range opened.Sigs {
		signed[fmt.Sprint(sig.Name, sig.Hash)] = true
	}
	for _, verifier := range append([]note.Verifier{k.log}, k.witnesses...) {
		if !signed[fmt.Sprint(verifier.Name(), verifier.KeyHash())] {
			return tree, fmt.Errorf("%s has not signed", verifier.Name())
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != k.log.Name() {
		return tree, fmt.Errorf("the checkpoint is not one of %s", k.log.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// A reader reads the tiles of a log of some size.
type reader struct {
	files fs.FS
}

func (r *reader) Height() int                     { return height }
func (r *reader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := r.read(tile)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// Read returns a tile's file. C2SP's paths lack the height that Go's have, and entries stand where Go has data.
func (r *reader) read(tile tlog.Tile) ([]byte, error) {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	if tile.L < 0 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return fs.ReadFile(r.files, "tile/"+path)
}

func (r *reader) entries(index int64, width int) ([][]byte, error) {
	data, err := r.read(tlog.Tile{H: height, L: -1, N: index, W: width})
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := 2 + int(binary.BigEndian.Uint16(data))
		if length > len(data) {
			break
		}
		entries, data = append(entries, data[2:length]), data[length:]
	}
	if len(data) != 0 || len(entries) != width {
		return nil, fmt.Errorf("the entry bundle %d has not %d entries", index, width)
	}
	return entries, nil
}

// Leaves are the hashes of all entries and of all full subtrees over them, made here and read from no tile.
type leaves []tlog.Hash

func (l leaves) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = l[index]
	}
	return found, nil
}

// Recompute makes every hash again from the entries.
func recompute(r *reader, size int64) (leaves, error) {
	var made leaves
	for n := int64(0); n < size; {
		width := int64(1 << height)
		if size-n < width {
			width = size - n
		}
		entries, err := r.entries(n>>height, int(width))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			hashes, err := tlog.StoredHashes(n, entry, made)
			if err != nil {
				return nil, err
			}
			made, n = append(made, hashes...), n+1
		}
	}
	return made, nil
}

// TilesOf returns the tiles of hashes that a tree of some size has.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level, count := 0, size; count > 0; level, count = level+1, count>>height {
		for first := int64(0); first < count; first += 1 << height {
			width := count - first
			if width > 1<<height {
				width = 1 << height
			}
			tiles = append(tiles, tlog.Tile{H: height, L: level, N: first >> height, W: int(width)})
		}
	}
	return tiles
}

// CheckAll compares the root and every tile with what the entries give.
func checkAll(r *reader, tree tlog.Tree) (leaves, int, error) {
	made, err := recompute(r, tree.N)
	if err != nil {
		return nil, 0, err
	}
	root, err := tlog.TreeHash(tree.N, made)
	if err != nil {
		return nil, 0, err
	}
	if root != tree.Hash {
		return nil, 0, errors.New("the entries do not give the root that was signed")
	}
	tiles := tilesOf(tree.N)
	for _, tile := range tiles {
		data, err := r.read(tile)
		if err != nil {
			return nil, 0, err
		}
		right, err := tlog.ReadTileData(tile, made)
		if err != nil {
			return nil, 0, err
		}
		if !bytes.Equal(data, right) {
			return nil, 0, fmt.Errorf("%s is not what the entries give", tile.Path())
		}
	}
	return made, len(tiles), nil
}

// CheckInclusion has the tiles prove that an entry is in the log; its leaf is one that was made from the entry.
func checkInclusion(r *reader, tree tlog.Tree, made leaves, index int64) error {
	if index < 0 || index >= tree.N {
		return fmt.Errorf("there is no entry %d", index)
	}
	proof, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, r))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, made[tlog.StoredHashIndex(0, index)])
}

// CheckProof checks a kept proof (https://c2sp.org/tlog-proof) of an entry of this log.
func checkProof(k *keys, made leaves, data []byte) (int64, error) {
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, errors.New("this is not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return 0, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, err
		}
		proof = append(proof, hash)
	}
	tree, err := k.open(checkpoint)
	if err != nil {
		return 0, err
	}
	leaf := tlog.StoredHashIndex(0, index)
	if index < 0 || leaf >= int64(len(made)) {
		return 0, fmt.Errorf("there is no entry %d", index)
	}
	return index, tlog.CheckRecord(proof, tree.N, tree.Hash, index, made[leaf])
}

// CheckConsistency has the tiles prove that the log begins with an older tree of it.
func checkConsistency(r *reader, tree, old tlog.Tree) error {
	if old.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, r))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// Open returns the files of a folder or a zip file.
func open(path, sub string) (fs.FS, error) {
	if !strings.HasSuffix(path, ".zip") {
		return fs.Sub(os.DirFS(path), sub)
	}
	files, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	return fs.Sub(files, sub)
}

type many []string

func (m *many) String() string { return strings.Join(*m, " ") }

func (m *many) Set(value string) error {
	*m = append(*m, value)
	return nil
}

func verify() error {
	var indexes, proofs, olds many
	sub := flag.String("sub", ".", "where the tiles stand in the folder or zip file")
	flag.Var(&indexes, "index", "an entry, from 0, that the tiles have to prove")
	flag.Var(&proofs, "proof", "a kept .tlog-proof")
	flag.Var(&olds, "old", "an older checkpoint that the log has to extend")
	flag.Parse()
	if flag.NArg() < 2 {
		return errors.New("name a log and its key")
	}
	log, err := note.NewVerifier(flag.Arg(1))
	if err != nil {
		return err
	}
	trusted := &keys{log: log}
	for _, vkey := range flag.Args()[2:] {
		witness, err := newCosigner(vkey)
		if err != nil {
			return err
		}
		trusted.witnesses = append(trusted.witnesses, witness)
	}
	files, err := open(flag.Arg(0), *sub)
	if err != nil {
		return err
	}
	checkpoint, err := fs.ReadFile(files, "checkpoint")
	if err != nil {
		return err
	}
	tree, err := trusted.open(checkpoint)
	if err != nil {
		return err
	}
	r := &reader{files}
	made, count, err := checkAll(r, tree)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries and %d tiles are those of the root %s\n", tree.N, count, tree.Hash)
	for _, text := range indexes {
		index, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		if err := checkInclusion(r, tree, made, index); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		fmt.Printf("entry %d is in the log\n", index)
	}
	for _, path := range proofs {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		index, err := checkProof(trusted, made, data)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Printf("%s proves entry %d\n", path, index)
	}
	for _, path := range olds {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		old, err := trusted.open(data)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := checkConsistency(r, tree, old); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Printf("the log extends %s, of %d entries\n", path, old.N)
	}
	return nil
}

func main() {
	if err := verify(); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}
