-- after: detail.*
SELECT source, livraison, fichier, ligne, identifiant, regle, colonne, valeur, table_lue, groupe
FROM lu.rejets
ORDER BY source, livraison, fichier, table_lue, ligne, groupe, regle, colonne
