// Command kubernetes is every Kubernetes program of the test cluster, and etcd, in one binary.
//
// Shared packages are linked once, so it is a third of the size of its parts. The first argument,
// or the name it is called by, says which program it is.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func command(program string) (*cobra.Command, bool) {
	switch program {
	case "kube-apiserver":
		return apiserver.NewAPIServerCommand(), true
	case "kube-controller-manager":
		return controllers.NewControllerManagerCommand(), true
	case "kube-scheduler":
		return scheduler.NewSchedulerCommand(), true
	case "kube-proxy":
		return proxy.NewProxyCommand(), true
	case "kubelet":
		return kubelet.NewKubeletCommand(context.Background()), true
	case "kubectl":
		return kubectl.NewDefaultKubectlCommand(), true
	}
	return nil, false
}

func main() {
	os.Args[0] = filepath.Base(os.Args[0])
	if os.Args[0] == "kubernetes" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
	}
	if os.Args[0] == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	chosen, known := command(os.Args[0])
	if !known {
		fmt.Fprintf(os.Stderr, "no program %q in this binary\n", os.Args[0])
		os.Exit(2)
	}
	os.Exit(cli.Run(chosen))
}
