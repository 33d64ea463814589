package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"reviewlens/api/engines"
	"reviewlens/api/infer"
	"reviewlens/api/infer/remote"
	"reviewlens/api/model"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/scoring"
	"reviewlens/api/trial"
)

const modelsUsage = `usage: reviewlens models STORE
       reviewlens models publish [-kms-key KEY] STORE FOLDER
       reviewlens models activate STORE ID
       reviewlens models rollback STORE
       reviewlens models compare FILE -a MODEL -b MODEL
       reviewlens models try STORE ID [-share 10%] [-shadow 5%] [-for 7d] [-auto]
       reviewlens models status|promote|stop STORE

A store is a folder or s3://bucket/prefix with models, each under its id, and a pointer to the current one.
Without a word before it, its models are listed.

  publish   copies the model of FOLDER into the store, once it has reproduced its golden scores here
  activate  makes a published model current: servers take it within half a minute, and keep what they have if
            it does not reproduce its scores there
  rollback  makes the model current that was so before
  compare   scores a file with two models and tells what would change ("reviewlens models compare -h")
  try       tries a published model beside the current one ("reviewlens models try -h"); status
            tells what came out so far, promote makes it current, stop ends the trial

  reviewlens models publish s3://bucket/models FOLDER
  reviewlens models activate s3://bucket/models ID
  reviewlens models s3://bucket/models
  reviewlens serve -model s3://bucket/models

Region and credentials are found as by any AWS tool (AWS_REGION, AWS_PROFILE, the machine's role); AWS_ENDPOINT_URL
names another S3.
`

func models(ctx context.Context, c *call) error {
	if len(c.args) > 0 {
		verbs := map[string]func(context.Context, *call) error{
			"compare": compareModels, "try": tryModel, "status": trialStatus,
			"promote": promoteModel, "stop": stopTrial,
		}
		if run, ok := verbs[c.args[0]]; ok {
			c.args = c.args[1:]
			return run(ctx, c)
		}
	}
	flags := flag.NewFlagSet("models", flag.ContinueOnError)
	kmsKey := flags.String("kms-key", "",
		"`key` of AWS KMS (id, ARN or alias) that encrypts what is written (default: the bucket's setting)")
	library := flags.String("ort", "",
		"`path` of the native ONNX Runtime library, for publish (default: beside the program, then the user's cache)")
	rest, done, err := c.parse(flags, modelsUsage)
	if err != nil || done {
		return err
	}
	verb, want := "list", 1 // number of arguments
	if len(rest) > 0 {
		switch rest[0] {
		case "publish", "activate":
			verb, want, rest = rest[0], 2, rest[1:]
		case "rollback":
			verb, rest = rest[0], rest[1:]
		}
	}
	if len(rest) != want {
		given := map[string]string{"list": "the STORE whose models to list",
			"publish":  "a STORE and the FOLDER of a model",
			"activate": "a STORE and the ID of a model", "rollback": "a STORE"}[verb]
		return usageError(`give %s; "reviewlens models -h" shows examples`, given)
	}
	s, err := openStore(ctx, rest[0], "", *kmsKey, slog.New(slog.NewTextHandler(c.stderr, nil)))
	if err != nil {
		return err
	}
	defer s.Close()
	var p store.Pointer
	switch verb {
	case "list":
		return listModels(ctx, s, c.stdout)
	case "publish":
		return publish(ctx, s, rest[1], *library, c.stdout)
	case "activate":
		p, err = s.Activate(ctx, rest[1])
	case "rollback":
		p, err = s.Rollback(ctx)
	}
	if errors.Is(err, store.ErrChanged) {
		return fmt.Errorf("%w: someone else changed the current model; "+
			"list the models, then run the command again", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, p.ID, "is current")
	return nil
}

func listModels(ctx context.Context, s *store.Store, stdout io.Writer) error {
	current, err := s.Current(ctx)
	if err != nil && !store.Absent(err) {
		return err
	}
	ids, err := s.List(ctx)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return fmt.Errorf("%s has no models; \"reviewlens models publish\" puts one there", s)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, id := range ids {
		role := ""
		switch id {
		case current.ID:
			role = "current"
		case current.Previous:
			role = "previous"
		}
		_, m, err := s.Manifest(ctx, id)
		if err != nil {
			fmt.Fprintf(w, "%s\t\t\tunusable: %s\n", id, escapeControls(err.Error(), ""))
			continue
		}
		size := int64(0)
		for _, f := range m.Files {
			size += f.Bytes
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f MB\t%s\n", id, escapeControls(m.Kind, ""), float64(size)/1e6,
			role)
	}
	return w.Flush()
}

// publish runs the model's self-test first, so that a store contains only models that work.
func publish(ctx context.Context, to *store.Store, folder, library string,
	stdout io.Writer) (err error) {
	from := store.New(store.Folder(folder), nil)
	current, err := from.Current(ctx)
	if err != nil {
		return err
	}
	m, free, err := from.Load(ctx, current.ID)
	if err != nil {
		return err
	}
	defer free()
	e, err := infer.Open(ctx, m, infer.Options{Library: library})
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	if err := e.Close(); err != nil {
		return err
	}
	id, fresh, err := to.Publish(ctx, from)
	if err != nil {
		return err
	}
	result := "published"
	if !fresh {
		result = "published before"
	}
	fmt.Fprintf(stdout, "%s %s\n", id, result)
	return nil
}

// isStore reports whether a place is for package store: a bucket, or a folder that is a store or
// contains our manifest.
func isStore(name string) bool {
	if strings.HasPrefix(name, s3.Scheme) {
		return true
	}
	entries, _ := os.ReadDir(name) // an error is reported by the later read
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return e.Name() == store.PointerName || e.Name() == store.ManifestName ||
			model.IsID(e.Name())
	})
}

// openStore opens a place for models; "" is the default cache. A folder needs no cache.
func openStore(ctx context.Context, name, cache, kmsKey string,
	log *slog.Logger) (*store.Store, error) {
	if !strings.HasPrefix(name, s3.Scheme) {
		if kmsKey != "" {
			return nil, usageError("-kms-key is for s3://; %s is a folder", name)
		}
		return store.New(store.Folder(name), nil), nil
	}
	place, err := s3.Open(ctx, name, kmsKey)
	if err != nil {
		return nil, err
	}
	if cache == "" {
		dir, err := cacheFolder()
		if err != nil {
			return nil, err
		}
		cache = filepath.Join(dir, "models")
	}
	return store.New(place, store.NewCache(cache, log)), nil
}

// cacheFolder returns this program's folder in the user's cache directory.
func cacheFolder() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil { // no home: a container, a Lambda
		return temporaryFolder()
	}
	return filepath.Join(dir, "reviewlens"), nil
}

// temporaryFolder returns a folder in TMPDIR that only this user can write to. It refuses a folder
// that another user created, who could change a mapped model after its hash was verified.
func temporaryFolder() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("reviewlens-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w; -cache names a folder for models", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(owner.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s can be written by other users; remove it, or "+
			"name another folder with -cache", dir)
	}
	return dir, nil
}

// models returns what a server serves: one engine, or those of a store. ready waits for the first
// attempt to load.
func (f *engineFlags) models(ctx context.Context, log *slog.Logger) (m scoring.Models,
	ready func(context.Context) error, closeAll func() error, err error) {
	if f.remote != "" {
		m, err := f.remoteModel(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		e, err := remote.Open(ctx, f.remote, m)
		if err != nil {
			return nil, nil, nil, err
		}
		return scoring.SingleModel(e), func(context.Context) error { return nil }, e.Close, nil
	}
	if !isStore(f.model) {
		e, err := f.open(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		return scoring.SingleModel(e), func(context.Context) error { return nil }, e.Close, nil
	}
	if err := f.checkStreams(); err != nil {
		return nil, nil, nil, err
	}
	if _, err := infer.FindLibrary(f.library); err != nil { // waiting would not help
		return nil, nil, nil, err
	}
	s, err := openStore(ctx, f.model, f.cache, "", log)
	if err != nil {
		return nil, nil, nil, err
	}
	done := infer.Preload(f.library) // while the model loads
	set := engines.Start(engines.Options{Store: s, Log: log,
		Open: func(ctx context.Context, m *model.Model) (engines.Engine, error) {
			return f.infer(ctx, m, log)
		}})
	runner := trial.Start(trial.Options{Host: set, Log: log})
	return runner, set.Ready, func() error { runner.Close(); set.Close(); return done() }, nil
}
