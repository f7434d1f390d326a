#!/usr/bin/env bash
# Installe sosie pour vous seul, sans droits d'administrateur, depuis ce dossier. Rien d'autre n'est touché :
#   ~/.local/share/sosie   son Python et ses bibliothèques (1,5 Go)
#   ~/.local/bin/sosie     la commande
# Pour l'enlever : rm -r ~/.local/share/sosie ~/.local/bin/sosie
#
#   ./install.sh                  apprendre, discuter, la page
#   ./install.sh train,gguf       d'autres options : evaluate train qlora studio gguf serve seal
set -euo pipefail
cd "$(dirname "$0")"

extras=${1:-train,studio}
home=${XDG_DATA_HOME:-$HOME/.local/share}/sosie
command=$HOME/.local/bin/sosie

[[ $extras =~ ^[a-z,]+$ ]] || { echo "Options inconnues : $extras"; exit 1; }

# Le premier Python qui convient.
for python in python3.11 python3.12 python3.13 python3; do
  if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    found=$python
    break
  fi
done
[ -n "${found:-}" ] || { echo "Il faut Python 3.11, 3.12 ou 3.13 (Debian, Ubuntu : apt install python3-venv)."; exit 1; }

# Les versions essayées ensemble, et rien d'autre que ce dossier pour sosie lui-même.
echo "Installation de sosie [$extras] dans $home..."
"$found" -m venv "$home"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt ".[$extras]"
mkdir -p "$(dirname "$command")"
ln -sf "$home/bin/sosie" "$command"

"$command" --version
case ":$PATH:" in
  *":$HOME/.local/bin:"*) echo "C'est prêt : sosie demo" ;;
  *) echo "C'est prêt : $command demo" ;;
esac
