// Judges one Kubernetes object as Flux does: by kstatus, and by the healthCheckExprs of a file of Kustomizations, which is read
// strictly: a field that Flux does not know is an error.
//
// Usage: kstatus KUSTOMIZATIONS.yaml < object.json
// Prints both words, as `Current Current`.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	var object unstructured.Unstructured
	if err := json.NewDecoder(os.Stdin).Decode(&object.Object); err != nil {
		return err
	}
	byKstatus, err := status.Compute(&object)
	if err != nil {
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
	byExpressions, err := evaluator.Evaluate(context.Background(), &object)
	if err != nil {
		return err
	}
	fmt.Println(byKstatus.Status, byExpressions.Status)
	return nil
}

// find answers the expressions for a kind, and reads the whole file on its way.
func find(file, apiVersion, kind string) (found kustomize.CustomHealthCheck, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return found, err
	}
	err = fmt.Errorf("no healthCheckExprs for %s", kind)
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(document, &meta); err != nil {
			return found, err
		}
		switch meta.Kind {
		case kustomizev1.KustomizationKind:
			var one kustomizev1.Kustomization
			if err := yaml.UnmarshalStrict(document, &one); err != nil {
				return found, err
			}
			for _, check := range one.Spec.HealthCheckExprs {
				if check.APIVersion == apiVersion && check.Kind == kind {
					found, err = check, nil
				}
			}
		case sourcev1.GitRepositoryKind:
			if err := yaml.UnmarshalStrict(document, &sourcev1.GitRepository{}); err != nil {
				return found, err
			}
		default:
			return found, fmt.Errorf("unexpected kind %q", meta.Kind)
		}
	}
	return found, err
}
