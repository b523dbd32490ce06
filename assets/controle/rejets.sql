-- after: detail.accompagnements detail.actions detail.soins
SELECT source, livraison, fichier, ligne, identifiant, regle, colonne, valeur
FROM lu.rejets
ORDER BY source, livraison, fichier, ligne, regle, colonne
