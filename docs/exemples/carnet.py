# %% [markdown]
# # ADASS dans un carnet
#
# Ce fichier se lance tel quel (`python docs/exemples/carnet.py data/marts`) et s'ouvre cellule par cellule dans Jupyter
# (avec jupytext), VS Code ou PyCharm. Il ne fait que lire.

# %%
import sys

import polars as pl

from adass import Unanswerable, ouvrir

marts = sys.argv[1] if len(sys.argv) > 1 else "data/marts"
adass = ouvrir(marts)
derniere = adass.sql("SELECT max(annee) AS annee FROM ref.annees WHERE source = 'bali' AND complete")["annee"][0]

# %% [markdown]
# ## Les chiffres publiés
# `indicateur` rend les lignes de `marts.indicateurs`.

# %%
succes = adass.indicateur("clotures.taux_succes", niveau="region", annee=derniere)
print(succes.select("territoire", "numerateur", "denominateur", "valeur").sort("valeur"))

# %% [markdown]
# ## Croiser
# Une mesure par trois dimensions au plus, pour une année, un territoire, une population, des codes choisis.

# %%
croisement = adass.croiser(
    "clotures.taux_succes",
    par="tranche_age,type_accompagnement",
    annee=derniere,
    filtres={"famille_detecteur": ["PARTENAIRES", "PROFESSIONNELS_SANTE"]},
)
print(adass.phrase)
print(croisement.pivot("type_accompagnement", index="tranche_age", values="valeur"))

# %% [markdown]
# La requête qui l'a donné se reprend dans `adass sql` ou sur la page SQL.

# %%
print(adass.requete)

# %% [markdown]
# ## Expliquer
# D'où vient l'écart entre deux années ? Sans dimension, celle qui explique le plus est choisie.

# %%
ecart = adass.expliquer("clotures.taux_succes", de=derniere - 1, a=derniere)
print(adass.phrase)
print(ecart)

# %% [markdown]
# ## Comparer
# Quelles caisses diffèrent vraiment, à population égale ?

# %%
caisses = adass.comparer("clotures.taux_succes", annee=derniere)
print(adass.phrase)
print(caisses.filter(pl.col("signal") != "").select("territoire", "n", "taux_ajuste", "z_ajuste", "signal"))

# %% [markdown]
# ## Une question sans réponse
# Elle est refusée en une phrase, qui nomme les mots connus les plus proches.

# %%
try:
    adass.croiser("clotures.taux_de_succes", par="age")
except Unanswerable as refus:
    print(refus)
