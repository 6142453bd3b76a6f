// Judges one Kubernetes object as Flux does, by the healthCheckExprs of a file of Flux' objects, which is read strictly: a field
// that Flux does not know is an error.
//
// Usage: flux KUSTOMIZATIONS.yaml < object.json
// Prints a word, as `Current`.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON(input); err != nil {
		return err
	}
	check, err := find(file, object.GetAPIVersion(), object.GetKind())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
	if err != nil {
		return err
	}
	judged, err := evaluator.Evaluate(context.Background(), &object)
	if err != nil {
		// As Flux's reader of statuses takes it: not ready, and asked again.
		judged = &status.Result{Status: status.UnknownStatus}
	}
	fmt.Println(judged.Status)
	return nil
}

// find answers the expressions for a kind, and reads the whole file on its way.
func find(file, apiVersion, kind string) (*kustomize.CustomHealthCheck, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found *kustomize.CustomHealthCheck
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(document, &meta); err != nil {
			return nil, err
		}
		kustomization := &kustomizev1.Kustomization{}
		var object any = kustomization
		if meta.Kind == sourcev1.GitRepositoryKind {
			object = &sourcev1.GitRepository{}
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return nil, err
		}
		for _, check := range kustomization.Spec.HealthCheckExprs {
			if check.APIVersion == apiVersion && check.Kind == kind {
				found = &check
			}
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no healthCheckExprs for %s", kind)
	}
	return found, nil
}
